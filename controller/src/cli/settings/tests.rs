//! Which daemon is asked and as whom, by everything that can be said about it.

use std::os::unix::fs::PermissionsExt as _;

use clap::Parser as _;
use tempfile::TempDir;

use super::*;
use crate::cli::arguments::CommandLine;

const CONFIG: &str = "context = \"user\"\noutput = \"json\"\n\
    [contexts.user]\nserver = \"https://user.example\"\nca_file = \"user.pem\"\n\
    [contexts.other]\nserver = \"https://other.example\"\ntoken_file = \"other.token\"\n\
    [contexts.twin-a]\nserver = \"https://twin.example\"\n[contexts.twin-b]\nserver = \"https://twin.example\"\n";
const REMEMBERED: &str = "context = \"mine\"\n[contexts.mine]\nserver = \"https://mine.example\"\n\
    [contexts.user]\nserver = \"https://shadowed.example\"\n";
const SYSTEM: &str = "context = \"everybody\"\noutput = \"plain\"\nno_input = true\n\
    [contexts.everybody]\nserver = \"https://everybody.example\"\n";

/// A machine with its files.
struct Machine {
    dir: TempDir,
    around: Surroundings,
}

impl Machine {
    /// One on which nobody has said anything.
    fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let variable = |name: &str, value: PathBuf| (OsString::from(name), value.into_os_string());
        let variables = [
            variable("XDG_CONFIG_HOME", dir.path().join("config")),
            variable("XDG_STATE_HOME", dir.path().join("state")),
        ];
        for folder in ["config/rackward", "here", "etc"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let (here, system) = (dir.path().join("here"), dir.path().join("etc/config.toml"));
        Self { around: Surroundings { variables: variables.into(), here, system }, dir }
    }

    fn with(self, file: &str, text: &str) -> Self {
        std::fs::write(self.dir.path().join(file), text).unwrap();
        self
    }

    fn variable(mut self, pair: &str) -> Self {
        let (name, value) = pair.split_once('=').unwrap();
        self.around.variables.insert(name.into(), value.into());
        self
    }

    fn load(&self, line: &str) -> Result<Settings, Failure> {
        let words = std::iter::once("rackward").chain(line.split_whitespace());
        Settings::load(&CommandLine::try_parse_from(words).unwrap().global, &self.around)
    }

    /// Where a line goes: `name server [token]`, or the directory; or what is wrong.
    fn way(&self, line: &str) -> Result<(String, Layer), Failure> {
        let (way, layer) = self.load(line)?.way()?;
        let short = |path: &Path| path.strip_prefix(self.dir.path()).unwrap_or(path).display().to_string();
        let told = match way {
            Way::Local(dir) => format!("local {}", short(&dir)),
            Way::Remote(Remote { name, address, token_file, .. }) => {
                let token = token_file.map(|file| format!(" {}", short(&file))).unwrap_or_default();
                format!("{} {address}{token}", name.unwrap_or_else(|| "-".to_owned()))
            }
        };
        Ok((told, layer))
    }

    #[track_caller]
    fn goes(&self, line: &str, expect: &str, layer: Layer) {
        let got = self.way(line).unwrap_or_else(|failure| panic!("{line}: {}", failure.text()));
        assert_eq!(got, (expect.to_owned(), layer), "{line}");
    }

    #[track_caller]
    fn refuses(&self, line: &str, exit: Exit, words: &str) {
        let failure = self.way(line).unwrap_err();
        assert!(
            failure.exit == exit && failure.text().contains(words),
            "{line}: {:?} {}",
            failure.exit,
            failure.text()
        );
    }
}

fn full() -> Machine {
    Machine::bare()
        .with("config/rackward/config.toml", CONFIG)
        .with("config/rackward/contexts.toml", REMEMBERED)
        .with("etc/config.toml", SYSTEM)
}

#[test]
fn the_most_specific_word_settles_which_daemon_is_asked() {
    let machine = Machine::bare();
    machine.goes("status", "local state/rackward", Layer::Nothing);
    let machine = machine.with("etc/config.toml", SYSTEM);
    machine.goes("status", "everybody https://everybody.example", Layer::System);
    let machine = machine.with("config/rackward/contexts.toml", REMEMBERED);
    machine.goes("status", "mine https://mine.example", Layer::Remembered);
    let machine = machine.with("config/rackward/config.toml", CONFIG);
    machine.goes("status", "user https://user.example", Layer::User);
    let machine = machine.with("here/.rackward.toml", "context = \"other\"\n");
    machine.goes("status", "other https://other.example config/rackward/other.token", Layer::Project);
    let machine = machine.variable("RACKWARD_CONTEXT=everybody");
    machine.goes("status", "everybody https://everybody.example", Layer::Environment);
    machine.goes("status --context mine", "mine https://mine.example", Layer::Flags);
    machine.goes("--server https://new.example:8443 status", "- https://new.example:8443", Layer::Flags);
    machine.goes("status --dir /d", "local /d", Layer::Flags);
    machine.goes("status --context local", "local state/rackward", Layer::Flags);
    let machine = full().variable("RACKWARD_DIR=/e");
    machine.goes("status", "local /e", Layer::Environment);
    machine.goes("status --context local", "local /e", Layer::Flags);
    machine.goes("status --context mine", "mine https://mine.example", Layer::Flags);
    full().variable("RACKWARD_SERVER=https://mine.example").goes(
        "status",
        "mine https://mine.example",
        Layer::Environment,
    );
    full().variable("RACKWARD_SERVER=").goes("status", "user https://user.example", Layer::User);
}

#[test]
fn a_server_that_has_a_context_is_asked_as_that() {
    let machine = full();
    machine.goes(
        "status --server https://Other.example:443/",
        "other https://other.example config/rackward/other.token",
        Layer::Flags,
    );
    machine.refuses("status --server https://twin.example", Exit::Usage, "several contexts");
    let machine = machine.with("here/.rackward.toml", "context = \"twin-b\"\n");
    machine.goes("status --server https://twin.example", "twin-b https://twin.example", Layer::Flags);
    machine.refuses("status --server http://other.example", Exit::Usage, "https://");
    machine.refuses("status --context nowhere", Exit::NotFound, "rackward context list");
}

#[test]
fn two_daemons_at_once_are_refused() {
    let machine = full();
    machine.refuses("status --dir /d --server https://a.example", Exit::Usage, "give one of them");
    machine.refuses("status --context mine --server https://a.example", Exit::Usage, "give one of them");
    let machine = machine.variable("RACKWARD_CONTEXT=mine").variable("RACKWARD_DIR=/e");
    machine.refuses("status", Exit::Usage, "set one of them");
    machine.goes("status --context user", "user https://user.example", Layer::Flags);
}

#[test]
fn a_token_goes_to_no_server_that_something_more_specific_names() {
    let machine = full().variable("RACKWARD_TOKEN_FILE=/t");
    machine.goes("status", "user https://user.example /t", Layer::User);
    machine.refuses("status --server https://new.example", Exit::Usage, "RACKWARD_TOKEN_FILE is not shown");
    machine.refuses("status --context mine", Exit::Usage, "RACKWARD_TOKEN_FILE is not shown");
    machine.goes("status --context mine --token-file /f", "mine https://mine.example /f", Layer::Flags);
    machine.goes("status --dir /d", "local /d", Layer::Flags);
    let both = full().variable("RACKWARD_TOKEN_FILE=/t").variable("RACKWARD_SERVER=https://new.example");
    both.goes("status", "- https://new.example /t", Layer::Environment);
    let bare = Machine::bare();
    bare.refuses("status --token-file /f", Exit::Usage, "--token-file is for a server");
    bare.refuses("status --token-file /f --dir /d", Exit::Usage, "--token-file is for a server");
    bare.variable("RACKWARD_TOKEN_FILE=/t").refuses("status", Exit::Usage, "RACKWARD_TOKEN_FILE is for a server");
    assert!(machine.load("login --server https://new.example").unwrap().typed().is_err());
    let settings = machine.load("login --server https://new.example --token-file /f").unwrap();
    assert_eq!(settings.typed().unwrap().token_file, Some(Path::new("/f")));
}

#[test]
fn what_a_person_wrote_goes_before_what_is_remembered() {
    let settings = full().load("status").unwrap();
    let names: Vec<&str> = settings.contexts().keys().map(String::as_str).collect();
    assert_eq!(names, ["everybody", "mine", "other", "twin-a", "twin-b", "user"]);
    let user = &settings.contexts()["user"];
    assert_eq!((user.address.to_string().as_str(), user.layer), ("https://user.example", Layer::User));
    assert!(user.ca_file.as_ref().unwrap().ends_with("config/rackward/user.pem"), "paths are relative to the file");
    assert_eq!((settings.output(), settings.no_input()), (Some(Form::Json), true));
    assert_eq!(settings.named_above_memory(), Some(Layer::User));
    let chosen = Machine::bare().with("config/rackward/contexts.toml", REMEMBERED).load("status").unwrap();
    assert_eq!(chosen.named_above_memory(), None);
}

#[test]
fn a_file_of_a_folder_names_no_place() {
    for text in ["[contexts.x]\nserver = \"https://evil.example\"\n", "server = \"https://evil.example\"\n"] {
        full().with("here/.rackward.toml", text).refuses("status", Exit::Invalid, ".rackward.toml");
    }
}

#[test]
fn files_that_cannot_be_trusted_or_understood_are_refused() {
    let check = |text: &str, words: &str| {
        Machine::bare().with("config/rackward/config.toml", text).refuses("status", Exit::Invalid, words);
    };
    check("contxt = \"a\"\n", "contxt");
    check("output = \"yaml2\"\n", "yaml2");
    check("[contexts.a]\n", "server");
    check("[contexts.a]\nserver = \"http://a.example\"\n", "contexts.a.server");
    check("[contexts.\"../a\"]\nserver = \"https://a.example\"\n", "letters, digits");
    check("[contexts.local]\nserver = \"https://a.example\"\n", "socket of this machine");
    check("nonsense", "config.toml");
    let open = full();
    let path = open.dir.path().join("config/rackward/config.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o646)).unwrap();
    open.refuses("status", Exit::Invalid, "chmod o-w");
}

#[test]
fn what_is_remembered_is_read_back_and_forgotten() {
    let machine = Machine::bare();
    let settings = machine.load("status").unwrap();
    let memory = settings.memory().unwrap();
    memory.prepare().unwrap();
    let ca_file = memory.keep_authority("lon1", "pem").unwrap();
    let token_file = memory.keep_token("lon1", b"rwt_x").unwrap();
    for file in [&ca_file, &token_file] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let entry = ContextEntry {
        server: "https://lon1.example:8443".to_owned(),
        ca_file: Some(ca_file.clone()),
        token_file: Some(token_file.clone()),
        certificate: None,
        key: None,
    };
    memory.keep_context("lon1", entry).unwrap();
    memory.choose("lon1").unwrap();
    machine.goes("status", "lon1 https://lon1.example:8443 config/rackward/tokens/lon1", Layer::Remembered);
    assert_eq!(machine.load("status").unwrap().contexts()["lon1"].ca_file, Some(ca_file));
    assert!(memory.forget_token("lon1").unwrap());
    assert!(!memory.forget_token("lon1").unwrap() && !token_file.exists());
    machine.goes("status", "lon1 https://lon1.example:8443", Layer::Remembered);
}
