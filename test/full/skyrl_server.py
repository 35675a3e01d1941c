"""Starts the Tinker server of skyrl 0.4.0 on a CPU, without torch and peft: skyrl_server.py api|engine ARGUMENTS."""

import os
import sys

import skyrl_stubs  # noqa: F401

part, arguments = sys.argv[1], sys.argv[2:]
if part == "engine":
    from skyrl.tinker import engine

    sys.argv = ["engine", *arguments]
    engine.main()
else:
    import uvicorn
    from skyrl.tinker import api
    from skyrl.tinker.config import EngineConfig, add_model, config_to_argv

    import argparse

    parser = argparse.ArgumentParser()
    add_model(parser, EngineConfig)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    given = vars(parser.parse_args(arguments))
    host, port = given.pop("host"), given.pop("port")
    api.app.state.engine_config = EngineConfig(**given)
    here = os.path.abspath(__file__)
    api._build_uv_run_cmd_engine = lambda _, config: [sys.executable, here, "engine", *config_to_argv(config)]
    uvicorn.run(api.app, host=host, port=port, log_level="warning")
