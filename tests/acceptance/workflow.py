"""Runs the steps of a composite action as GitHub's runner does, as far as this project's action needs it."""

import os
import re
import subprocess
from pathlib import Path

import yaml

EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


class Run:
    """The steps of an action, run in a workspace.

    `code` is that of the first step that failed, `stdout` holds the workflow commands of all, `outputs` the outputs of
    the action, `summary` the summaries of its steps.
    """

    def __init__(self, action: Path, workspace: Path, temporary: Path, inputs: dict[str, str], env: dict[str, str]):
        described = yaml.safe_load(action.read_text("utf-8"))
        unknown = inputs.keys() - described["inputs"].keys()
        assert not unknown, f"the action has no inputs {unknown}"
        given = {name: inputs.get(name, about.get("default")) for name, about in described["inputs"].items()}
        assert None not in given.values(), "a required input is missing"
        self._known = {f"inputs.{name}": value for name, value in given.items()}
        self._known["github.action_path"] = str(action.parent)
        self._env = dict(env)
        self._workspace, self._temporary = workspace, temporary
        self.code, self.stdout, self.stderr, self.summary = 0, "", "", ""
        temporary.mkdir(exist_ok=True)
        for step in described["runs"]["steps"]:
            if self.code == 0:  # a failed step ends an action
                self._step(step)
        outputs = described["outputs"].items()
        self.outputs = {name: self._filled(about["value"]) for name, about in outputs}

    def _filled(self, text):
        return EXPRESSION.sub(lambda found: self._known.get(found[1], ""), text)

    def _step(self, step):
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "inputs reach a script by its environment, not as its text"
        files = {
            name: self._temporary / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            file.write_text("")
        script = self._temporary / "step.sh"
        script.write_text(step["run"])
        own = {name: self._filled(value) for name, value in step.get("env", {}).items()}
        runner = {
            "RUNNER_TEMP": str(self._temporary),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self._workspace),
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self._workspace,
            env=self._env | runner | own | {name: str(file) for name, file in files.items()},
            capture_output=True,
            text=True,
            check=False,
        )
        self.code = done.returncode
        self.stdout += done.stdout
        self.stderr += done.stderr
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text("utf-8")
        for line in files["GITHUB_OUTPUT"].read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            self._known[f"steps.{step['id']}.outputs.{name}"] = value
        for folder in files["GITHUB_PATH"].read_text("utf-8").splitlines():
            self._env["PATH"] = folder + os.pathsep + self._env["PATH"]
