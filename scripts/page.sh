# shellcheck shell=bash
# A page of measured figures in docs/, one section a part, each with its own date: a part that is measured again replaces its own section and no
# other. Sourced after setup.sh, never run.

# page_begin PAGE HEADER PART...: the page, the text above its first section, and the names of all its sections in order.
page_begin() {
  page="$1" page_header="$2"
  shift 2
  page_parts=("$@")
  cpu="$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
  page_machine="$cpu, $(nproc) cores, $(free -h --si | awk '/^Mem:/ {print $2}') of memory, Linux $(uname -r | cut -d - -f 1)"
}

# page_part NAME COMMAND...: runs the command, shows what it prints, and makes it the section NAME. A command that fails changes nothing.
page_part() {
  local name="$1" text new section
  shift
  printf '\n== %s\n' "$name"
  text="$(mktemp)" new="$(mktemp)"
  "$@" | tee "$text"
  {
    printf '%s\n' "$page_header"
    for section in "${page_parts[@]}"; do
      if [[ "$section" == "$name" ]]; then
        printf '\n## %s\n\n%s; %s\n\n```text\n' "$name" "$(date -u +%F)" "$page_machine"
        cat "$text"
        printf '```\n'
      else
        page_section "$section"
      fi
    done
  } >"$new"
  # Not `mv`: the page keeps its mode.
  cat "$new" >"$page"
  rm -f "$text" "$new"
}

# page_section NAME: what the page says under that name, or nothing.
page_section() {
  [[ -f "$page" ]] || return 0
  awk -v heading="## $1" '/^## / { if (mine) exit; mine = ($0 == heading); if (mine) print "" } mine { lines = lines $0 "\n" }
    END { sub(/\n+$/, "\n", lines); printf "%s", lines }' "$page"
}
