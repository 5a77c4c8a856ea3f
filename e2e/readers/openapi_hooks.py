"""Half of what schemathesis makes up is about records that there are, so that answers have rows to be held against the document."""

import random

import schemathesis

KNOWN = {"symbol": "KTA", "symbols": ["KTA"], "exchange": "ASX", "date": "2014-03-11", "timeframe": "1h"}


def known(given):
    if not isinstance(given, dict) or random.random() < 0.5:
        return given
    return {name: KNOWN.get(name, value) for name, value in given.items()}


@schemathesis.hook
def map_query(context, query):
    return known(query)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return known(path_parameters)


@schemathesis.hook
def map_body(context, body):
    return known(body)
