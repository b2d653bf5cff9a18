# The product's commands, for those who have `just`; each is a script that runs without it.

# Shows the commands.
default:
    @just --list

# Formats, lints and tests everything that a change must pass.
check:
    scripts/check

# Runs the tests alone.
test *arguments:
    scripts/test {{arguments}}

# Prints each figure beside its bar and its peer, and fails where one falls short.
bench name="core":
    scripts/bench-{{name}}

# Kills the process at every recorded point, resumes, and compares the bytes.
crash tier="core":
    scripts/crash-{{tier}}

# Drives a generated application in a real browser and keeps the screenshots.
browser:
    scripts/browser
