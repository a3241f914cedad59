"""Asks Python's own shlex, optparse and argparse what the tests' lines mean.

Each line of standard input is a question in JSON, each line of standard output its answer.
"""
import argparse
import json
import optparse
import shlex
import sys

RECORD = []


class Refused(Exception):
    pass


def switch(value):
    if value.lower() in ("on", "yes", "true", "1"):
        return value
    if value.lower() in ("off", "no", "false", "0"):
        return value
    raise ValueError(value)


def words(question):
    text = question["line"]
    how = question["comments"]
    if how == "cut":
        text = text.split("#")[0].rstrip()
    return shlex.split(text, comments=how == "shlex")


class OldOption(optparse.Option):
    TYPES = optparse.Option.TYPES + ("switch",)
    TYPE_CHECKER = dict(optparse.Option.TYPE_CHECKER)


def old_switch(option, name, value):
    try:
        return switch(value)
    except ValueError:
        raise optparse.OptionValueError("no switch")


def old_string(option, name, value):
    if len(value) > 2 and value.startswith("--"):
        raise optparse.OptionValueError("an option")
    return value


OldOption.TYPE_CHECKER["switch"] = old_switch
OldOption.TYPE_CHECKER["string"] = old_string


class OldParser(optparse.OptionParser):
    def error(self, message):
        raise Refused(message)


def old(question):
    parser = OldParser(option_class=OldOption, add_help_option=False)
    for option in question["options"]:
        def note(opt, name, value, parser, known=option["Name"]):
            RECORD.append([known, value])
        kind = option["Kind"]
        settings = {"action": "callback", "callback": note}
        if kind == "choice":
            settings.update(type="choice", choices=option["Choices"])
        elif kind != "flag":
            settings["type"] = {"int": "int", "bool": "switch"}.get(kind, "string")
        parser.add_option(option["Name"], *(option["Aliases"] or []), **settings)
    return parser.parse_args(question["words"])[1]


class Note(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        RECORD.append([self.option_strings[0], values if values != [] else None])


class NewParser(argparse.ArgumentParser):
    def error(self, message):
        raise Refused(message)


def new(question):
    parser = NewParser(add_help=False)
    for option in question["options"]:
        kind = option["Kind"]
        settings = {"action": Note}
        if kind == "flag":
            settings["nargs"] = 0
        elif kind == "int":
            settings["type"] = int
        elif kind == "bool":
            settings["type"] = switch
        elif kind == "choice":
            settings["choices"] = option["Choices"]
        parser.add_argument(option["Name"], *(option["Aliases"] or []), **settings)
    extra = parser.parse_known_args(question["words"])[1]
    for word in extra:
        if parser._parse_optional(word) is not None:
            raise Refused("no option " + word)
    return extra


for line in sys.stdin:
    question = json.loads(line)
    RECORD.clear()
    answer = {"ok": True}
    try:
        answer["words"] = {"words": words, "optparse": old, "argparse": new}[question["ask"]](question)
        answer["options"] = RECORD
    except (ValueError, Refused) as refusal:
        answer = {"ok": False, "why": str(refusal)}
    print(json.dumps(answer), flush=True)
