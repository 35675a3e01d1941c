/**
 * A Python file with `compute_score`, as verl's `reward.custom_reward_function.path` wants it. It needs nothing but
 * Python's standard library. It repeats what may pass, checks that all rows have the same keys, and raises where there
 * is no reward.
 *
 * @param url of the reward server, such as "http://127.0.0.1:8000"
 */
export const verlShim = (url: string): string => `"""The reward function of a DeepRetrieval reward server, for verl.

    reward.custom_reward_function.path=THIS_FILE
    reward.custom_reward_function.name=compute_score
    reward.custom_reward_function.reward_kwargs.url=${url}

A malformed completion has a reward. A search engine that is down has none: after the retries RewardUnavailable is
raised, since verl has no way to leave a row out and a number would teach the policy that its query was bad.
"""

import json
import os
import threading
import time
import urllib.error
import urllib.request

URL = os.environ.get("DEEPRETRIEVAL_REWARD_URL", ${JSON.stringify(url)})

_keys = {}  # data_source to the keys of its first row: verl takes those of the first row for all
_lock = threading.Lock()


class RewardUnavailable(RuntimeError):
    """The reward server, or the engine behind it, did not answer. This is no reward of 0."""


def compute_score(data_source, solution_str, ground_truth, extra_info=None, url=None, task=None, timeout=150.0,
                  attempts=5, first_pause=1.0, api_key=None, **_):
    """The reward of one row: {"score": float, and the components of the task}.

    timeout is in seconds, for one attempt. An attempt that may succeed later (no connection, no answer in time,
    status 408, 429 or 5xx) is repeated after first_pause seconds, doubled each time. Raises RewardUnavailable after the
    last one, and ValueError for a row that the server refuses.
    """
    row = {"data_source": data_source, "solution_str": solution_str, "ground_truth": ground_truth,
           "extra_info": extra_info if isinstance(extra_info, dict) else None}
    if task is not None:
        row["task"] = task
    body = json.dumps(row, default=_plain).encode("utf-8")
    headers = {"Content-Type": "application/json"}
    api_key = api_key or os.environ.get("DEEPRETRIEVAL_API_KEY")
    if api_key:
        headers["Authorization"] = "Bearer " + api_key
    address = (url or URL).rstrip("/") + "/compute_score"
    for attempt in range(1, attempts + 1):
        pause = first_pause * 2 ** (attempt - 1)
        try:
            request = urllib.request.Request(address, data=body, headers=headers, method="POST")
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return _checked(data_source, json.loads(response.read()))
        except urllib.error.HTTPError as error:
            why = "HTTP %d: %s" % (error.code, _detail(error))
            if error.code not in (408, 425, 429) and error.code < 500:
                raise ValueError("%s refuses the row: %s" % (address, why)) from error
            pause = max(pause, _seconds(error.headers.get("Retry-After")))
        except (OSError, ValueError) as error:  # no connection, a time-out, or a reply that was cut off
            if isinstance(error, _KeysDiffer):
                raise
            why = repr(error)
        if attempt < attempts:
            time.sleep(pause)
    raise RewardUnavailable("%s has no reward for a row of %s after %d attempts: %s"
                            % (address, data_source, attempts, why))


class _KeysDiffer(ValueError):
    pass


def _checked(data_source, result):
    score = result.get("score") if isinstance(result, dict) else None
    if isinstance(score, bool) or not isinstance(score, (int, float)):
        raise ValueError("the reply has no score: %r" % (result,))
    with _lock:
        keys = _keys.setdefault(data_source, sorted(result))
    if sorted(result) != keys:
        raise _KeysDiffer("rows of %s have different keys: %s and %s" % (data_source, keys, sorted(result)))
    return {key: float(value) for key, value in result.items()}


def _plain(value):
    """Arrays and numbers of numpy, which parquet files hold, as lists and numbers."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _detail(error):
    try:
        return str(json.loads(error.read()).get("detail"))[:500]
    except Exception:  # the body is no JSON, or the connection broke: the status says enough
        return error.reason


def _seconds(header):
    return min(float(header), 60.0) if header and header.isdigit() else 0.0
`;
