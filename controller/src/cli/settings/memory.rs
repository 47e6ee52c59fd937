//! What the program remembers between two runs: contexts and which of them is the usual one (`contexts.toml`), the
//! certificates of their authorities, sessions, and the tokens that came of signing in. It writes files of its own only, each whole; what a person has written
//! into `config.toml` goes before and is never touched. What only its owner may read is written so from the start.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::files::{ConfigFile, ContextEntry};
use crate::cli::failure::{Exit, Failure};
use crate::secrets::replace_private;

/// The contexts.
const FILE: &str = "contexts.toml";
/// The sessions' cookies, a file for each context.
const SESSIONS: &str = "sessions";
/// The authorities' certificates, a file for each context.
const AUTHORITIES: &str = "authorities";
/// The tokens that `login` was given, a file for each context.
const TOKENS: &str = "tokens";
/// The tokens that came of signing in, a file for each context: `logout` gives them back.
const LOGINS: &str = "logins";

const HEAD: &str =
    "# Written by `rackward login` and `rackward context use`. Settings of your own go into config.toml.\n";

/// The user's directory for settings.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    dir: PathBuf,
}

impl Memory {
    /// The one in this directory.
    pub(crate) const fn in_dir(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// What is remembered.
    ///
    /// # Errors
    /// The file cannot be used.
    pub(crate) fn read(&self) -> Result<ConfigFile, Failure> {
        ConfigFile::read(&self.dir.join(FILE))
    }

    /// The file of a context's session.
    pub(crate) fn session(&self, name: &str) -> PathBuf {
        self.dir.join(SESSIONS).join(name)
    }

    /// The file of the token that was given for a context.
    pub(crate) fn token(&self, name: &str) -> PathBuf {
        self.dir.join(TOKENS).join(name)
    }

    /// The file of the token that came of signing in to a context.
    pub(crate) fn login(&self, name: &str) -> PathBuf {
        self.dir.join(LOGINS).join(name)
    }

    /// Makes room for what is kept of a context.
    ///
    /// # Errors
    /// A directory cannot be made.
    pub(crate) fn prepare(&self) -> Result<(), Failure> {
        for name in [SESSIONS, AUTHORITIES, TOKENS, LOGINS] {
            let dir = self.dir.join(name);
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
            made.map_err(|error| not_written(&dir, &error))?;
        }
        Ok(())
    }

    /// Keeps the certificate of a context's authority; gives the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn keep_authority(&self, name: &str, pem: &str) -> Result<PathBuf, Failure> {
        let path = self.dir.join(AUTHORITIES).join(format!("{name}.pem"));
        write(&path, pem.as_bytes())?;
        Ok(path)
    }

    /// Keeps the token of a context; gives the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn keep_token(&self, name: &str, token: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.token(name);
        write(&path, token)?;
        Ok(path)
    }

    /// Keeps the token that came of signing in to a context; gives the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn keep_login(&self, name: &str, token: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.login(name);
        write(&path, token)?;
        Ok(path)
    }

    /// Deletes it, if one is kept.
    ///
    /// # Errors
    /// It cannot be deleted.
    pub(crate) fn forget_login(&self, name: &str) -> Result<(), Failure> {
        let path = self.login(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(not_written(&path, &error)),
            _ => Ok(()),
        }
    }

    /// Remembers a context.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn keep_context(&self, name: &str, entry: ContextEntry) -> Result<(), Failure> {
        let mut file = self.read()?;
        file.contexts.insert(name.to_owned(), entry);
        self.write(&file)
    }

    /// Remembers which context is the usual one.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn choose(&self, name: &str) -> Result<(), Failure> {
        let mut file = self.read()?;
        file.context = Some(name.to_owned());
        self.write(&file)
    }

    /// Deletes the token that was given for a context, if it is kept here; says whether it was.
    ///
    /// # Errors
    /// It cannot be deleted, or the file cannot be written.
    pub(crate) fn forget_token(&self, name: &str) -> Result<bool, Failure> {
        let path = self.token(name);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(not_written(&path, &error)),
        }
        let mut file = self.read()?;
        if let Some(entry) = file.contexts.get_mut(name) {
            entry.token_file = None;
            self.write(&file)?;
        }
        Ok(true)
    }

    fn write(&self, file: &ConfigFile) -> Result<(), Failure> {
        self.prepare()?;
        let path = self.dir.join(FILE);
        let text = toml::to_string(file).map_err(|error| not_written(&path, &error))?;
        write(&path, format!("{HEAD}{text}").as_bytes())
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    replace_private(path, content, &mut |_| Ok(())).map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let detail = format!("{}: {error}", path.display());
    let help = "see that the directory can be written; XDG_CONFIG_HOME names another one";
    Failure::new(Exit::Failed, "not-remembered", "this could not be remembered", detail, help)
}
