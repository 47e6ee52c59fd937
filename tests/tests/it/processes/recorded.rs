//! The command line as somebody sees it: a session in a real terminal (tmux), whose screens are compared with `recorded.txt`, which
//! somebody has looked at. What changes from run to run (numbers of generations, moments) stands on none of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::demo::Demo;
use super::program::binary;

const KEPT: &str = include_str!("recorded.txt");

/// Longer than any of the lines may take; the session is over then, and the test with it.
const LIMIT: &str = "60";

/// A terminal of some size with a shell in it.
struct Session {
    socket: PathBuf,
}

impl Session {
    fn open(dir: &Path, columns: u16) -> Self {
        let session = Self { socket: dir.join("tmux.sock") };
        let path = format!("{}:{}", binary("rackward").parent().unwrap().display(), std::env::var("PATH").unwrap());
        let (path, ours) = (format!("PATH={path}"), format!("RACKWARD_DIR={}", dir.display()));
        let size = columns.to_string();
        let open = [
            "-u",
            "new-session",
            "-d",
            "-x",
            &size,
            "-y",
            "40",
            "env",
            "-u",
            "NO_COLOR",
            "PS1=$ ",
            "ENV=",
            &path,
            &ours,
        ];
        let open = [&open[..], &["XDG_CONFIG_HOME=/dev/null/settings", "sh"]].concat();
        session.tmux(&open, dir);
        session
    }

    fn tmux(&self, args: &[&str], dir: &Path) -> Output {
        let mut tmux = Command::new("timeout");
        tmux.args([LIMIT, "tmux", "-f", "/dev/null", "-S"]).arg(&self.socket).args(args).current_dir(dir);
        let output = tmux.output().unwrap();
        assert!(output.status.success(), "tmux {args:?}: {output:?}");
        output
    }

    /// What the screen shows after a line, with its colours if they are wanted.
    fn shows(&self, dir: &Path, line: &str, coloured: bool) -> String {
        let typed = format!("clear; {line}; tmux wait-for -S done");
        self.tmux(&["send-keys", "-l", &typed], dir);
        self.tmux(&["send-keys", "Enter"], dir);
        self.tmux(&["wait-for", "done"], dir);
        let capture: &[&str] = if coloured { &["capture-pane", "-p", "-e"] } else { &["capture-pane", "-p"] };
        let screen = String::from_utf8(self.tmux(capture, dir).stdout).unwrap();
        // The shell may have asked for the next line already.
        let lines = screen.lines().map(str::trim_end).filter(|line| *line != "$");
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned() + "\n"
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // With the last session the server ends; there is nobody to tell if it has already.
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}

const MISTAKES: &str = "[[objects]]\napi_version = \"rackward/v1\"\nkind = \"Grant\"\n[objects.metadata]\nname = \"night watch\"\n\
    [objects.spec]\npersn = \"p-1\"\npoints = [\"lon1/nowhere\"]\nreason = \"Rounds\"\nto_at = \"2031-01-01T00:00:00Z\"\n";

#[test]
fn a_session_in_a_terminal_looks_as_it_did() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path(), &["--still"]);
    fs::create_dir(dir.path().join("files")).unwrap();
    fs::write(dir.path().join("files/rights.toml"), MISTAKES).unwrap();
    let session = Session::open(dir.path(), 100);
    let mut seen = String::new();
    for line in [
        "rackward explain --person p-2 --point r01/c01/front",
        "rackward plan -f files",
        "rackward person shw p-1",
        "rackward point list --filter hall-a/entrance",
        "rackward what-can p-1",
        "stty cols 60; rackward point list --filter hall-a/entrance",
    ] {
        seen += &format!("$ {line}\n{}\n", session.shows(dir.path(), line, false));
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded.txt");
    if seen != KEPT {
        fs::write(&kept, &seen).unwrap();
    }
    assert!(seen == KEPT, "the screens changed; look at {} and keep it if it is meant so:\n{seen}", kept.display());
    let coloured = session.shows(dir.path(), "rackward person shw p-1", true);
    assert!(coloured.contains('\u{1b}'), "a terminal has colours: {coloured}");
    demo.program.interrupt();
}
