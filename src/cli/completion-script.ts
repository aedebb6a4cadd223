/** Shells that completion can be had for. */
export const shells = ['bash', 'zsh', 'fish', 'pwsh'] as const
export type Shell = (typeof shells)[number]

/** A script that completes the commands of a program, to be sourced or installed. */
export function completionScript(shell: Shell, program: string, words: readonly string[]): string {
  const list = words.join(' ')
  const name = `_${program.replaceAll('-', '_')}`
  switch (shell) {
    case 'bash':
      return `# Source this, or put it into /etc/bash_completion.d.
${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${list}" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F ${name} ${program}
`
    case 'zsh':
      return `#compdef ${program}
# Put this as _${program} into a folder of $fpath.
${name}() {
  if (( CURRENT == 2 )); then
    compadd -- ${list}
  else
    _files
  fi
}
compdef ${name} ${program}
`
    case 'fish':
      return words.map((word) => `complete -c ${program} -n __fish_use_subcommand -f -a ${word}\n`).join('')
    case 'pwsh':
      return `Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  '${list}'.Split(' ') | Where-Object { $_ -like "$wordToComplete*" } |
    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
}
`
    default:
      return shell satisfies never
  }
}
