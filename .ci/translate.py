"""Prints what SAM makes of a template, as CloudFormation would be given it."""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # `sam deploy` puts the address of the uploaded code here.
        resource["Properties"]["CodeUri"] = "s3://bucket/code"
print(json.dumps(Translator({}, Parser()).translate(template, {}), indent=1))
