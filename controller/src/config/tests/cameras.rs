//! What is said about cameras that would be unsafe, or that could never give a picture.

use super::*;

/// What is said about a camera with these lines, and a `[cameras]` with those; nothing when both are good.
fn said_of(section: &str, lines: &str) -> String {
    let dir = site_dir();
    create_private(&dir.path().join("keys/recorder"), b"correct horse battery\n").unwrap();
    let text = format!("{GOOD}\n{section}\n[[camera]]\nname = \"front\"\n{lines}\n");
    let path = dir.path().join("rackward.toml");
    fs::write(&path, text).unwrap();
    let said = Config::read(&path).err().map(|error| error.to_string()).unwrap_or_default();
    said.replace(dir.path().to_str().unwrap(), "DIR")
}

const NETWORKS: &str = "[cameras]\nnetworks = [\"10.0.8.0/24\"]";

#[test]
fn what_could_never_give_a_picture_is_found_at_the_start() {
    let door = "covers = [\"lon1/main-entrance\"]";
    let check = |section: &str, lines: &str, expect: &str| {
        let said = said_of(section, &format!("{door}\n{lines}"));
        assert!(if expect.is_empty() { said.is_empty() } else { said.contains(expect) }, "{lines}: {said}");
    };
    let here = |lines: &str, expect: &str| check(NETWORKS, lines, expect);
    let frigate = "kind = \"frigate\"\nurl = \"http://10.0.8.2:5000\"";
    here(frigate, "");
    here(&format!("{frigate}\ncamera = \"hall_a\"\nkeep_video = true\nevidence = true\nalso = [\"openings\"]"), "");
    here("kind = \"snapshot\"\nurl = \"https://cam.example/now.jpg\"\nkeep_seconds = 10", "");
    check("", frigate, "there are cameras and no [cameras]");
    check("[cameras]\nkeep_days = 30", frigate, "[cameras] names no network");
    check(
        "[cameras]\nnetworks = [\"10.0.8.0/24\"]\nkeep_days = 0",
        frigate,
        "0 is too little or too much for keep_days",
    );
    here("kind = \"frigate\"\nurl = \"http://10.0.9.2:5000\"", "from an address that no network of [cameras] has");
    here("kind = \"frigate\"\nurl = \"http://me:secret@10.0.8.2\"", "it holds a login");
    here("kind = \"mjpeg\"\nurl = \"http://10.0.8.2\"", "\"mjpeg\" is not a kind");
    here(
        "kind = \"snapshot\"\nurl = \"http://10.0.8.2/\"\nkeep_video = true",
        "keep_video does nothing at such a camera",
    );
    here(&format!("{frigate}\nkeep_seconds = 10"), "keep_seconds does nothing at such a camera");
    here(&format!("{frigate}\nalso = [\"everything\"]"), "\"everything\" is nothing that stills are wanted of");
    let login = "username = \"rackward\"\npassword_file = \"keys/recorder\"";
    here(&format!("{frigate}\n{login}"), "the password of the camera would go out in the clear");
    here(&format!("kind = \"frigate\"\nurl = \"https://10.0.8.2:8971\"\n{login}"), "");
    let said = said_of(NETWORKS, &format!("{frigate}\ncovers = [\"lon1/main-entrence\"]\nevidence = true"));
    assert!(said.contains("did you mean \"lon1/main-entrance\"?"), "{said}");
}

#[test]
fn everything_that_is_wrong_with_a_camera_is_said_at_once() {
    let said = said_of(
        NETWORKS,
        "kind = \"frigat\"\nurl = \"ftp://x\"\ncovers = [\"lon1/nowhere\"]\nalso = [\"x\"]\ncolour = 1",
    );
    for part in ["frigat", "neither with https", "lon1/nowhere", "\"x\" is nothing", "unknown key \"colour\""] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
