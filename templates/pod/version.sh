# shellcheck shell=sh disable=SC2034  # environment.sh reads it
# The version of mocompile whose scripts these are. A release sets it, as it sets the version in pyproject.toml.
mo_version=0.1.0
