//! Which daemon a verb asks and as whom, from everything that was said about it: flags, the environment, `./.rackward.toml`,
//! the user's `config.toml`, what `rackward login` and `context use` remember, and `/etc/rackward/config.toml`, in this order.
//! The first that names a daemon settles it; with nothing said it is the socket of this machine.
//!
//! A token is never shown to a server that something more specific has named: else whoever can have one line said, such as
//! a file in a folder that somebody walks into, could have another's token sent to a place of their own. For the same reason
//! `./.rackward.toml` may choose among the contexts that its reader has, and name no server and no file.
//!
//! What the files look like is `settings/files.rs`, what is remembered `settings/memory.rs`.

pub(crate) mod files;
pub(crate) mod memory;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::arguments::{Form, Global};
use super::connection::address::ServerAddress;
use super::connection::caller::Caller;
use super::connection::{Link, Server, trust};
use super::failure::{Exit, Failure};
use super::place;
use files::{ConfigFile, ContextEntry};
use memory::Memory;

/// The context that stands for the socket of this machine.
pub(crate) const LOCAL: &str = "local";

/// The file of a folder that one works in.
const PROJECT_FILE: &str = ".rackward.toml";
/// The user's file, in their directory for settings.
const USER_FILE: &str = "config.toml";

/// What a process is started in.
#[derive(Debug, Clone)]
pub(crate) struct Surroundings {
    /// The environment.
    pub(crate) variables: BTreeMap<OsString, OsString>,
    /// The working directory.
    pub(crate) here: PathBuf,
    /// The file for every user of the machine.
    pub(crate) system: PathBuf,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
            // One that was deleted holds no file.
            here: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            system: PathBuf::from("/etc/rackward/config.toml"),
        }
    }

    /// A variable that is set to something.
    fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(&OsString::from(name)).filter(|value| !value.is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.variable(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// The user's directory for settings (XDG Base Directory Specification: a relative path there is invalid and ignored).
    fn user_dir(&self) -> Option<PathBuf> {
        let absolute = |name: &str| self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let config = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")));
        config.map(|dir| dir.join("rackward"))
    }

    fn default_dir(&self) -> PathBuf {
        let environment = place::Environment {
            xdg_state_home: self.variable("XDG_STATE_HOME").cloned(),
            home: self.variable("HOME").cloned(),
        };
        environment.default_dir()
    }
}

/// Where something was said, the most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    /// On the command line.
    Flags,
    /// In the environment.
    Environment,
    /// In `./.rackward.toml`.
    Project,
    /// In the user's file.
    User,
    /// By `login` or `context use`.
    Remembered,
    /// In the machine's file.
    System,
    /// Nowhere.
    Nothing,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flags => "a flag",
            Self::Environment => "the environment",
            Self::Project => "./.rackward.toml",
            Self::User => "config.toml",
            Self::Remembered => "what was signed in to last",
            Self::System => "/etc/rackward/config.toml",
            Self::Nothing => "nothing else was said",
        })
    }
}

/// What one of them says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    dir: Option<PathBuf>,
    server: Option<String>,
    context: Option<String>,
    token_file: Option<PathBuf>,
}

/// A site that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Context {
    /// Where its console is.
    pub(crate) address: ServerAddress,
    /// The certificate of its authority; public ones count without it.
    pub(crate) ca_file: Option<PathBuf>,
    /// A token instead of a session.
    pub(crate) token_file: Option<PathBuf>,
    /// The certificate to sign in by, and its key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Where it is written down.
    pub(crate) layer: Layer,
}

/// Where a verb goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the daemon of this machine, whose directory this is.
    Local(PathBuf),
    /// To a server.
    Remote(Remote),
}

/// A server that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    /// The context's name, where it is one.
    pub(crate) name: Option<String>,
    /// Where its console is.
    pub(crate) address: ServerAddress,
    /// The certificate of its authority.
    pub(crate) ca_file: Option<PathBuf>,
    /// The file with the token to show.
    pub(crate) token_file: Option<PathBuf>,
}

/// What was typed for this run of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Typed<'s> {
    /// A console's address.
    pub(crate) server: Option<&'s str>,
    /// A context's name.
    pub(crate) context: Option<&'s str>,
    /// A file with a token.
    pub(crate) token_file: Option<&'s Path>,
}

/// Everything that was said.
#[derive(Debug)]
pub(crate) struct Settings {
    layers: Vec<(Layer, Said)>,
    contexts: BTreeMap<String, Context>,
    default_dir: PathBuf,
    memory: Option<Memory>,
    output: Option<Form>,
    no_input: Option<bool>,
}

impl Settings {
    /// Reads what was said.
    ///
    /// # Errors
    /// A file cannot be read, is open to the writing of others, or says what it may not.
    pub(crate) fn load(global: &Global, around: &Surroundings) -> Result<Self, Failure> {
        let user_dir = around.user_dir();
        let project = ConfigFile::read(&around.here.join(PROJECT_FILE))?.without_places(PROJECT_FILE)?;
        let user = match &user_dir {
            Some(dir) => ConfigFile::read(&dir.join(USER_FILE))?,
            None => ConfigFile::default(),
        };
        let memory = user_dir.map(Memory::in_dir);
        let remembered = match &memory {
            Some(memory) => memory.read()?,
            None => ConfigFile::default(),
        };
        let system = ConfigFile::read(&around.system)?;
        let output = [&project, &user, &system].into_iter().find_map(|file| file.output);
        let no_input = [&project, &user, &system].into_iter().find_map(|file| file.no_input);
        let mut contexts = BTreeMap::new();
        for (layer, file) in [(Layer::System, &system), (Layer::Remembered, &remembered), (Layer::User, &user)] {
            for (name, entry) in &file.contexts {
                contexts.insert(name.clone(), context(layer, file, name, entry)?);
            }
        }
        let named = |file: &ConfigFile| Said { context: file.context.clone(), ..Said::default() };
        let layers = vec![
            (Layer::Flags, flags(global)),
            (Layer::Environment, environment(around)),
            (Layer::Project, named(&project)),
            (Layer::User, named(&user)),
            (Layer::Remembered, named(&remembered)),
            (Layer::System, named(&system)),
        ];
        let said_dir = layers.iter().find_map(|(_, said)| said.dir.clone());
        let default_dir = said_dir.unwrap_or_else(|| around.default_dir());
        Ok(Self { layers, contexts, default_dir, memory, output, no_input })
    }

    /// The form of answers that a file asks for.
    pub(crate) const fn output(&self) -> Option<Form> {
        self.output
    }

    /// Whether a file forbids asking.
    pub(crate) fn no_input(&self) -> bool {
        self.no_input == Some(true)
    }

    /// Every context, by name.
    pub(crate) const fn contexts(&self) -> &BTreeMap<String, Context> {
        &self.contexts
    }

    /// The directory of this machine's daemon.
    pub(crate) fn default_dir(&self) -> &Path {
        &self.default_dir
    }

    /// Where a context is named that goes before what is remembered, beside what was typed for this one line.
    pub(crate) fn named_above_memory(&self) -> Option<Layer> {
        let lasting = |layer: Layer| layer > Layer::Flags && layer < Layer::Remembered;
        self.layers.iter().find(|(layer, said)| lasting(*layer) && said.context.is_some()).map(|(layer, _)| *layer)
    }

    /// Where contexts are remembered.
    ///
    /// # Errors
    /// The user has no directory.
    pub(crate) fn memory(&self) -> Result<&Memory, Failure> {
        self.memory.as_ref().ok_or_else(|| {
            let detail = "neither XDG_CONFIG_HOME nor HOME is set";
            Failure::new(Exit::Failed, "no-home", "nothing can be remembered", detail, "set HOME")
        })
    }

    /// What was typed for `login`, which may name a server and what its context is to be called.
    ///
    /// # Errors
    /// A token would go to a server that it was not named for.
    pub(crate) fn typed(&self) -> Result<Typed<'_>, Failure> {
        let named = |(_, said): &&(Layer, Said)| said.server.is_some() || said.context.is_some();
        let mut by_hand = self.layers.iter().filter(|(layer, _)| *layer <= Layer::Environment);
        let token = self.token();
        let Some((layer, said)) = by_hand.find(named) else {
            return Ok(Typed { server: None, context: None, token_file: token.map(|(_, file)| file) });
        };
        if token.is_some_and(|(of_token, _)| of_token > *layer) {
            return Err(foreign_token());
        }
        let (server, context) = (said.server.as_deref(), said.context.as_deref());
        Ok(Typed { server, context, token_file: token.map(|(_, file)| file) })
    }

    /// The token's file that was named, and where.
    fn token(&self) -> Option<(Layer, &Path)> {
        self.layers.iter().find_map(|(layer, said)| Some((*layer, said.token_file.as_deref()?)))
    }

    /// Where a verb goes, and what has settled it.
    ///
    /// # Errors
    /// Two things are said at once, a context is unknown, or a token would go to a server that it was not named for.
    pub(crate) fn way(&self) -> Result<(Way, Layer), Failure> {
        for (layer, said) in &self.layers {
            let way = match (&said.dir, &said.server, &said.context) {
                (None, None, None) => continue,
                (Some(dir), None, None) => Way::Local(dir.clone()),
                (None, Some(server), None) => Way::Remote(self.by_address(server)?),
                (None, None, Some(name)) => self.by_name(name)?,
                _ => return Err(several(*layer)),
            };
            return self.with_token(way, *layer).map(|way| (way, *layer));
        }
        let way = Way::Local(self.default_dir.clone());
        self.with_token(way, Layer::Nothing).map(|way| (way, Layer::Nothing))
    }

    /// The context that is called so.
    fn by_name(&self, name: &str) -> Result<Way, Failure> {
        if name == LOCAL {
            return Ok(Way::Local(self.default_dir.clone()));
        }
        Ok(Way::Remote(self.known(name)?.remote(name)))
    }

    /// The context that is called so, which is not this machine's socket.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn known(&self, name: &str) -> Result<&Context, Failure> {
        self.contexts.get(name).ok_or_else(|| {
            let help = "see what there is with: rackward context list; sign in to another site with: rackward login \
                        --server URL";
            Failure::new(Exit::NotFound, "unknown-context", "there is no such context", format!("\"{name}\""), help)
        })
    }

    /// The server that was typed: as the context that stands for it, where there is one.
    fn by_address(&self, text: &str) -> Result<Remote, Failure> {
        let address = ServerAddress::parse(text).map_err(|error| Failure::usage("the server", &error))?;
        let mut at: Vec<&String> = self.at(&address);
        if at.len() > 1 {
            let current = self.layers.iter().find_map(|(_, said)| said.context.as_ref());
            at.retain(|name| Some(*name) == current);
        }
        match at.as_slice() {
            [name] => Ok(self.known(name)?.remote(name)),
            _ if self.at(&address).is_empty() => Ok(Remote { name: None, address, ca_file: None, token_file: None }),
            _ => {
                let detail = format!("several contexts are for {address}");
                Err(unclear("it is not clear as whom to ask", detail, "name one of them with --context"))
            }
        }
    }

    /// The names of the contexts at an address.
    pub(crate) fn at(&self, address: &ServerAddress) -> Vec<&String> {
        self.contexts.iter().filter(|(_, context)| context.address == *address).map(|(name, _)| name).collect()
    }

    /// The way with the token that was named for it. One that was named by something less specific is refused aloud.
    fn with_token(&self, way: Way, settled: Layer) -> Result<Way, Failure> {
        match (way, self.token()) {
            (way, None) => Ok(way),
            (Way::Remote(remote), Some((layer, file))) if layer <= settled => {
                Ok(Way::Remote(Remote { token_file: Some(file.to_owned()), ..remote }))
            }
            (Way::Remote(_), Some(_)) => Err(foreign_token()),
            // Whoever typed --dir wants this machine, whatever the environment is set up for.
            (Way::Local(dir), Some((layer, _))) if settled < layer => Ok(Way::Local(dir)),
            (Way::Local(_), Some((layer, _))) => {
                let name = if layer == Layer::Flags { "--token-file" } else { "RACKWARD_TOKEN_FILE" };
                let detail = format!("{name} is for a server; the socket of this machine asks for no token");
                Err(unclear("a token was named, and no server", detail, "name one with --server or --context"))
            }
        }
    }

    /// The connection that a way stands for, and as whom it is taken.
    ///
    /// # Errors
    /// A file with a secret or certificate cannot be used.
    pub(crate) fn connection(&self, way: &Way) -> Result<(Link, Caller), Failure> {
        match way {
            Way::Local(dir) => Ok((Link::Socket(place::api_socket(dir)), Caller::Unnamed)),
            Way::Remote(remote) => {
                let caller = match (&remote.token_file, &remote.name) {
                    (Some(file), _) => Caller::with_token(file)?,
                    (None, Some(name)) if self.memory()?.login(name).exists() => {
                        Caller::signed_in(&self.memory()?.login(name))?
                    }
                    (None, Some(name)) => Caller::with_session(&self.memory()?.session(name))?,
                    (None, None) => Caller::Unnamed,
                };
                Ok((remote.link()?, caller))
            }
        }
    }
}

impl Context {
    /// The server that it stands for.
    pub(crate) fn remote(&self, name: &str) -> Remote {
        Remote {
            name: Some(name.to_owned()),
            address: self.address.clone(),
            ca_file: self.ca_file.clone(),
            token_file: self.token_file.clone(),
        }
    }
}

impl Remote {
    /// The line with which one signs in there.
    pub(crate) fn sign_in(&self) -> String {
        match &self.name {
            Some(name) => format!("rackward login --context {name}"),
            None => format!("rackward login --server {}", self.address),
        }
    }

    /// The connection to it.
    ///
    /// # Errors
    /// The authority's certificate cannot be used.
    pub(crate) fn link(&self) -> Result<Link, Failure> {
        let tls = match (self.address.is_over_tls(), &self.ca_file) {
            (false, _) => None,
            (true, None) => Some(trust::trusting(None)?),
            (true, Some(file)) => Some(trust::trusting(Some(&trust::authorities_in(file)?))?),
        };
        let (address, sign_in) = (self.address.clone(), self.sign_in());
        Ok(Link::Server(Arc::new(Server { address, tls, sign_in })))
    }
}

fn flags(global: &Global) -> Said {
    Said {
        dir: global.dir.clone(),
        server: global.server.clone(),
        context: global.context.clone(),
        token_file: global.token_file.clone(),
    }
}

fn environment(around: &Surroundings) -> Said {
    Said {
        dir: around.variable("RACKWARD_DIR").map(PathBuf::from),
        server: around.text("RACKWARD_SERVER"),
        context: around.text("RACKWARD_CONTEXT"),
        token_file: around.variable("RACKWARD_TOKEN_FILE").map(PathBuf::from),
    }
}

/// A context as a file has it; paths are relative to the file.
fn context(layer: Layer, file: &ConfigFile, name: &str, entry: &ContextEntry) -> Result<Context, Failure> {
    files::check_name(name).map_err(|why| file.wrong(&format!("contexts.{name}"), &why))?;
    let address = ServerAddress::parse(&entry.server);
    let address = address.map_err(|why| file.wrong(&format!("contexts.{name}.server"), &why))?;
    let beside = |path: &PathBuf| file.folder().join(path);
    let (ca_file, token_file) = (entry.ca_file.as_ref().map(beside), entry.token_file.as_ref().map(beside));
    let identity = match (entry.certificate.as_ref().map(beside), entry.key.as_ref().map(beside)) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(_), None) => return Err(file.wrong(&format!("contexts.{name}.certificate"), &"it wants a key beside it")),
        (None, Some(_)) => return Err(file.wrong(&format!("contexts.{name}.key"), &"it wants a certificate beside it")),
    };
    Ok(Context { address, ca_file, token_file, identity, layer })
}

/// A token that something less specific has named than the server.
fn foreign_token() -> Failure {
    let detail = "RACKWARD_TOKEN_FILE is not shown to a server that a flag names: it was set for another one";
    unclear("the token is not for this server", detail, "name the token with --token-file, or unset the variable")
}

fn several(layer: Layer) -> Failure {
    let (detail, help) = match layer {
        Layer::Flags => ("--dir, --server and --context each name a daemon", "give one of them"),
        _ => (
            "RACKWARD_DIR, RACKWARD_SERVER and RACKWARD_CONTEXT each name a daemon",
            "set one of them, or name a daemon with a flag",
        ),
    };
    unclear("several daemons were named", detail, help)
}

/// What was said does not settle something.
pub(crate) fn unclear(title: &str, detail: impl Into<String>, help: &str) -> Failure {
    Failure::new(Exit::Usage, "usage", title, detail, help)
}

#[cfg(test)]
mod tests;
