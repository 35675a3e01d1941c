// What NVIDIA's driver itself says of its cards, in a process of its own: a library that crashes ends that one only.
"use strict";
const { run } = require("../../command");

// Python is there wherever set-up can go on. The driver follows CUDA_VISIBLE_DEVICES as TensorFlow does. Numbers 75 and
// 76 are the attributes of compute capability.
const script = `
import ctypes, json

def opened(name):
    try:
        return ctypes.CDLL(name), None
    except OSError as error:
        return None, str(error)

driver, driver_error = opened("libcuda.so.1")
_, monitor_error = opened("libnvidia-ml.so.1")
found = {"driverError": driver_error, "monitorError": monitor_error, "cards": []}

def number(name, *given):
    value = ctypes.c_int(0)
    return value.value if getattr(driver, name)(ctypes.byref(value), *given) == 0 else None

def name_of(card):
    text = ctypes.create_string_buffer(100)
    driver.cuDeviceGetName(text, 100, card)
    return text.value.decode(errors="replace")

if driver is not None:
    found["code"] = driver.cuInit(0)
    found["cuda"] = number("cuDriverGetVersion")
    if found["code"] != 0:
        text = ctypes.c_char_p()
        driver.cuGetErrorName(found["code"], ctypes.byref(text))
        found["error"] = (text.value or b"").decode()
    else:
        for place in range(number("cuDeviceGetCount") or 0):
            card = number("cuDeviceGet", place)
            parts = [number("cuDeviceGetAttribute", attribute, card) for attribute in (75, 76)]
            found["cards"].append({"name": name_of(card), "capability": ".".join(map(str, parts))})
print("\\n" + json.dumps(found))
`;

/**
 * What the driver says: `driverError` and `monitorError` why libcuda and libnvidia-ml do not open (null where they do),
 * `code` and `error` of cuInit, `cuda` the newest CUDA that it knows (12040 for 12.4), and the visible `cards`.
 * `silent` says how the process ended where it said nothing. Undefined where there is no Python.
 */
async function askDriver(env = process.env) {
  for (const python of ["python3", "python"]) {
    const { code, stdout } = await run(python, ["-c", script], {
      env: { ...env, CUDA_DEVICE_ORDER: env.CUDA_DEVICE_ORDER ?? "PCI_BUS_ID" }, // as the loader asks for it
      seconds: 30,
    });
    if (code === 127) continue;
    const answer = stdout.split("\n").find((line) => line.startsWith("{"));
    if (answer) return JSON.parse(answer);
    return { silent: code === 124 ? "it did not answer in 30 s" : `its library ended the process, code ${code}` };
  }
  return undefined;
}

module.exports = { askDriver };
