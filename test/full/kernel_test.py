"""Jupyter's own conformance test, jupyter_kernel_test, for our kernel. Run by kernel-conformance.test.ts."""
import unittest

import jupyter_kernel_test


class DeepRetrievalKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "deepretrieval"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('a complaint')"
    completion_samples = [{"text": "Math.ab", "matches": {"abs"}}]
    complete_code_samples = ["1 + 1", "function f() { return 1 }", "await f()"]
    incomplete_code_samples = ["function f() {", "if (true) {", "f(1,"]
    invalid_code_samples = ["const = 3", "1 +* 2"]
    code_page_something = "Math.max?"
    code_generate_error = "throw new RangeError('as asked')"
    code_execute_result = [{"code": "1 + 2", "result": "3"}, {"code": "[1, 2]", "result": "[ 1, 2 ]"}]
    code_display_data = [
        {"code": "import { show } from 'deepretrieval'; await show([{ name: 'a', value: 1 }])", "mime": "text/html"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "1?+*"
    code_inspect_sample = "Math"
    code_clear_output = "clearOutput()"


if __name__ == "__main__":
    unittest.main(argv=["kernel_test", "-v"])
