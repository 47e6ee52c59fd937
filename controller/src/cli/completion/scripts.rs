//! What each shell loads: a few lines that ask this program what could stand next. They know no verb, so they never go stale.

use crate::cli::arguments::ShellWord;

/// The script of a shell.
pub(super) const fn of(shell: ShellWord) -> &'static str {
    match shell {
        ShellWord::Bash => BASH,
        ShellWord::Zsh => ZSH,
        ShellWord::Fish => FISH,
        ShellWord::PowerShell => POWERSHELL,
    }
}

const BASH: &str = r#"# Completion of rackward for bash: source it, or put it into bash-completion's directory as `rackward`.
_rackward() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :files) compopt -o default 2>/dev/null ;;
            *) COMPREPLY+=("$(printf '%q' "${line%%$'\t'*}")") ;;
        esac
    done < <(rackward __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _rackward rackward
"#;

const ZSH: &str = r#"#compdef rackward
# Completion of rackward for zsh: put it into a directory of $fpath as `_rackward`, or source it after compinit.
_rackward() {
    local -a names abouts
    local line
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            _files
            return
        fi
        names+=("${line%%$'\t'*}")
        abouts+=("${line/$'\t'/  -- }")
    done < <(rackward __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    (( $#names )) && compadd -U -l -d abouts -a names
}
if [[ ${funcstack[1]} == _rackward ]]; then
    _rackward "$@"
else
    compdef _rackward rackward
fi
"#;

const FISH: &str = r#"# Completion of rackward for fish: put it into a completions directory as `rackward.fish`.
function __rackward_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l answers (rackward __complete -- $words[2..] "$typed" 2>/dev/null)
    if contains -- :files $answers
        __fish_complete_path "$typed"
    end
    string match -v -- :files $answers
end
complete -c rackward -f -a '(__rackward_complete)'
"#;

const POWERSHELL: &str = r#"# Completion of rackward for PowerShell: dot-source it in the profile.
Register-ArgumentCompleter -Native -CommandName rackward -ScriptBlock {
    param($word, $line, $cursor)
    $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    if (-not $word) { $words += '""' }
    & rackward __complete -- @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
        $name, $about = $_ -split "`t", 2
        if (-not $about) { $about = $name }
        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)
    }
}
"#;
