# The commands of one section of README: its indented lines, up to the next heading. A ``` block is
# something to read, not to type.
#   awk -v heading='## Behind nginx' -f commands.awk README.md
/^```/ { fenced = !fenced }
fenced { next }
/^#+ / { inside = ($0 == heading); found += inside }
inside && /^    / { print substr($0, 5) }
END { if (!found) { print "README has no \"" heading "\"" > "/dev/stderr"; exit 1 } }
