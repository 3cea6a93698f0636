#!/bin/sh
# Installs Node.js and npm, of exact versions, from npm into a folder: install-node.sh DIR NODE NPM.
set -eu
dir=$1 node=$2 npm=$3

if ! command -v npm >/dev/null 2>&1; then
    echo "npm is missing, which brings what the page is built with: make setup FOR=build installs it." >&2
    echo "Without the page: make programs && sudo make install PAGE=no" >&2
    exit 1
fi
mkdir -p "$dir"
# npm takes the next folder above with a package.json for the project, unless there is one here.
echo '{"private": true}' > "$dir/package.json"
cd "$dir"
npm install --no-audit --no-fund --save-exact "node@$node" "npm@$npm"
node_modules/.bin/node --version
