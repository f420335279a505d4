type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

/**
 * The script that teaches a shell to ask `BINARY __complete`. Behind `kubectl sluice` it is kubectl's own completion that asks, by way of
 * the executable `kubectl_complete-sluice`.
 */
export function completionScript(shell: Shell, binary: string): string {
  const name = `__${binary.replaceAll('-', '_')}_complete`;
  switch (shell) {
    case 'bash':
      return bashScript(binary, name);
    case 'zsh':
      return zshScript(binary, name);
    case 'fish':
      return fishScript(binary, name);
    case 'powershell':
      return powershellScript(binary);
  }
}

/**
 * Words are taken from the line itself, as COMP_WORDS breaks them at = and : as well. Written for bash 3.2, which macOS still has: no mapfile, no
 * index from the end, and compopt only where there is one.
 */
function bashScript(binary: string, name: string): string {
  return `# bash completion for ${binary}: source <(${binary} completion bash)
${name}() {
  local line="\${COMP_LINE:0:COMP_POINT}" words current="" directive=4 candidate kept=""
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  current="\${words[\${#words[@]} - 1]}"
  # Readline replaces only what follows the last = or :.
  [[ "$current" == *[=:]* ]] && kept="\${current%"\${current##*[=:]}"}"
  COMPREPLY=()
  while IFS= read -r candidate; do
    if [[ "$candidate" == :* ]]; then
      directive="\${candidate#:}"
    elif [[ "$candidate" == "$current"* ]]; then
      COMPREPLY+=("\${candidate#"$kept"}")
    fi
  done < <(${binary} __completeNoDesc "\${words[@]:1}" 2>/dev/null)
  if type compopt >/dev/null 2>&1; then
    (( directive & 2 )) && compopt -o nospace
    (( directive & 4 )) || compopt -o default
  fi
  return 0
}
complete -F ${name} ${binary}
`;
}

function zshScript(binary: string, name: string): string {
  return `#compdef ${binary}
# zsh completion for ${binary}: source <(${binary} completion zsh)
${name}() {
  local -a lines candidates options
  local line directive tab=$'\\t'
  lines=("\${(@f)$(${binary} __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  directive="\${lines[-1]#:}"
  for line in "\${(@)lines[1,-2]}"; do
    line="\${line//:/\\\\:}"
    candidates+=("\${line/$tab/:}")
  done
  (( directive & 2 )) && options=(-S '')
  (( \${#candidates} )) && _describe -V 'completions' candidates $options
  (( directive & 4 )) || _files
}
if [ "$funcstack[1]" = "_${binary}" ]; then
  ${name}
else
  compdef ${name} ${binary}
fi
`;
}

function fishScript(binary: string, name: string): string {
  return `# fish completion for ${binary}: ${binary} completion fish | source
function ${name}
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (${binary} __complete $words[2..-1] 2>/dev/null)
    test (count $lines) -gt 0; or return
    set -l directive (string replace ':' '' -- $lines[-1])
    string match -v -r '^:\\d+$' -- $lines
    if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path (commandline -ct)
    end
end
complete -c ${binary} -f -a '(${name})'
`;
}

function powershellScript(binary: string): string {
  return `# PowerShell completion for ${binary}: ${binary} completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName '${binary}' -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  & '${binary}' __complete @words 2>$null | Where-Object { $_ -notmatch '^:\\d+$' } | ForEach-Object {
    $text, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $text }
    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $description)
  }
}
`;
}
