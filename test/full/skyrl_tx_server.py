"""Starts the Tinker server of skyrl-tx 0.3.0 on a CPU, without torch and peft: skyrl_tx_server.py api|engine ARGUMENTS."""

import asyncio
import os
import runpy
import sys

import skyrl_stubs  # noqa: F401

part = sys.argv[1]
here = os.path.abspath(__file__)
start = asyncio.create_subprocess_exec


async def without_uv(*command, **settings):
    """The server starts its engine by `uv run … -m tx.tinker.engine ARGUMENTS`; here this file starts it."""
    return await start(sys.executable, here, "engine", *command[command.index("-m") + 2 :], **settings)


asyncio.create_subprocess_exec = without_uv
sys.argv = [part, *sys.argv[2:]]
runpy.run_module(f"tx.tinker.{part}", run_name="__main__", alter_sys=True)
