# The product's commands, for those who have `just`; each is a script that runs without it.

# Shows the commands.
default:
    @just --list

# Checks everything that a change must pass; with names, runs only the Rust tests that contain one of them.
test *names:
    scripts/test {{names}}

# Runs the tests that download what they ask, or measure time.
test-slow *names:
    scripts/test-slow {{names}}

# Asks the gateway by vendors' own clients, with a real litellm and scripted vendors.
test-clients *names:
    scripts/test-clients {{names}}

# Asks a service everything that its OpenAPI document allows, and much that it does not.
fuzz-api *arguments:
    scripts/fuzz-api {{arguments}}

# Feeds hostile bytes to what reads providers' answers.
fuzz *arguments:
    scripts/fuzz {{arguments}}

# Generates and verifies specs end to end: all of the repository's, or those that are named.
verify *specs:
    scripts/verify-specs {{specs}}

# Verifies the features of tests/fixtures/features, written as a model writes them: all, or those that are named.
verify-features *names:
    scripts/verify-features {{names}}

# Prints each figure beside its bar and its peer, and fails where one falls short.
bench name="core":
    scripts/bench-{{name}}

# Kills the process at every recorded point, resumes, and compares the bytes.
crash tier="core" *arguments:
    scripts/crash-{{tier}} {{arguments}}

# Drives a generated application in a real browser and keeps the screenshots.
browser:
    scripts/browser
