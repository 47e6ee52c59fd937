//! Files as people write them, and all that can be wrong with them.

use super::*;

const TEAM: &str = r#"
api_version = "rackward/v1"
kind = "AccessProfile"
metadata = { name = "power-team-a" }

[spec]
points = ["lon1/hall-a/r0[1-8]/*/rear"]
schedule = "weekdays"

[[tests]]
person = "p-1042"
at = 2026-08-03T09:00:00+01:00
open = ["lon1/hall-a/r03/c01/rear"]
"#;

#[test]
fn a_file_is_read_with_the_places_of_its_parts() {
    let files = SiteFiles::of_text("team.toml", TEAM).unwrap();
    let [object] = &files.objects[..] else { panic!("{files:?}") };
    assert_eq!(object["spec"]["schedule"], "weekdays");
    assert_eq!(object["tests"][0]["at"], "2026-08-03T09:00:00+01:00");
    let place = |pointer: &str| files.place_of(pointer);
    assert_eq!(place("#/objects/0/spec/points/0").as_deref(), Some("team.toml:7:11"));
    assert_eq!(place("#/objects/0/spec/policies/3/schedule").as_deref(), place("#/objects/0/spec").as_deref());
    assert_eq!(place("#/objects/0/tests/0/open/0").as_deref(), Some("team.toml:13:9"));
    assert_eq!(place("#/objects/7/spec"), None);
    assert_eq!(place("#/changes/7"), None);
}

#[test]
fn everything_wrong_is_told_at_once_with_its_place() {
    let check = |text: &str, expect: &[&str]| {
        let told: Vec<String> = match SiteFiles::of_text("f", text) {
            Ok(files) => panic!("{text} was taken: {files:?}"),
            Err(faulty) => faulty.problems.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(told.len(), expect.len(), "{told:#?}");
        for (told, expect) in told.iter().zip(expect) {
            for part in expect.split('&') {
                assert!(told.contains(part.trim()), "{told}\n  lacks {part}");
            }
        }
    };
    let head = "api_version = \"rackward/v1\"\n";
    check(&format!("{head}kind = \"Door\"\nmetadata = {{ name = \"x\" }}\n"), &["f:2:8 & site file"]);
    check(
        &format!("{head}kind = \"Schedul\"\nmetadata = {{ name = \"x\" }}\n"),
        &["f:2:8 & did you mean \"Schedule\""],
    );
    check(&format!("{head}kind = \"Person\"\nmetadata = {{ name = \"x\" }}\n"), &["f:2:8 & person import"]);
    check(
        &format!("{head}kind = \"Calendar\"\nmetadata = {{ name = 3 }}\nspec = {{ dyas = [\"x\"] }}\n"),
        &["f:3:21 & not a text", "f:4:8 & \"days\" is missing", "f:4:10 & did you mean \"days\""],
    );
    check("kind = \"Calendar\"\nspec = { days = \"x\" }\n", &["f:1:1 & api_version", "no name", "not a list of texts"]);
    check("a = 1\na = 2\nb = [", &["f:2:1 & duplicate", "f:3"]);
    check("objects = 3\nmore = 1", &["f:1:11 & not a list", "f:2:1 & unknown key"]);
    let grant =
        "kind = \"Grant\"\nmetadata = { name = \"x\" }\n[spec]\npoints = []\nperson = \"p-1\"\nreason = \"r\"\n";
    check(&format!("{head}{grant}to_at = 2026-08-03\n"), &["f:8:9 & RFC 3339"]);
    let known =
        "\"points\", \"schedule\", \"windows\", \"person\", \"from_at\", \"to_at\", \"reason\", \"ticket\", \"escort\"";
    check(
        &format!("{head}{grant}to_at = 2026-08-03T09:00:00Z\nbogus = 1\n"),
        &[&format!("f:9:1 & known here are {known}")],
    );
    check(&format!("{head}{grant}to_at = \"tomorrow\"\nescort = \"yes\"\n"), &["f:8:9 & RFC 3339", "true or false"]);
}

#[test]
fn ten_thousand_mistakes_are_all_told() {
    let one = "[[objects]]\napi_version = \"rackward/v1\"\nkind = \"Nothing\"\nmetadata = { name = \"x\" }\n";
    let problems = SiteFiles::of_text("f", &one.repeat(10_000)).unwrap_err().problems;
    assert_eq!(problems.len(), 10_000);
    assert_eq!(problems[9_999].place, "f:39999:8");
}

#[test]
fn a_line_of_ten_megabytes_is_read_or_refused_in_bounds() {
    let long = format!("api_version = \"{}\"", "x".repeat(10 << 20));
    let problems = SiteFiles::of_text("f", &long).unwrap_err().problems;
    assert!(problems.iter().all(|problem| problem.to_string().len() < 1_000), "nothing repeats the line");
}

#[test]
fn what_is_written_reads_back_as_it_was() {
    let files = SiteFiles::of_text("team.toml", TEAM).unwrap();
    let written = files_of(&files.objects, "lon1").unwrap();
    let again: Vec<Value> =
        written.iter().flat_map(|file| SiteFiles::of_text(file.name, &file.text).unwrap().objects).collect();
    assert_eq!(again, files.objects);
    assert!(files_of(&[], "lon1").unwrap().is_empty());
}

#[test]
fn a_directory_is_read_in_order_and_a_wrong_one_says_so() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("inner")).unwrap();
    let calendar = |name: &str| {
        format!(
            "api_version = \"rackward/v1\"\nkind = \"Calendar\"\nmetadata = {{ name = \"{name}\" }}\nspec = {{ days = [] }}\n"
        )
    };
    std::fs::write(dir.path().join("b.toml"), calendar("b")).unwrap();
    std::fs::write(dir.path().join("inner/a.toml"), calendar("a")).unwrap();
    std::fs::write(dir.path().join("notes.txt"), "no TOML").unwrap();
    let files = SiteFiles::read(dir.path()).unwrap();
    let names: Vec<&str> = files.objects.iter().filter_map(|one| one["metadata"]["name"].as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    std::fs::write(dir.path().join("c.toml"), b"name = \"\xff\"").unwrap();
    let problems = SiteFiles::read(dir.path()).unwrap_err().problems;
    assert!(problems[0].place.ends_with("c.toml:1") && problems[0].message.contains("UTF-8"), "{problems:?}");
    std::fs::remove_file(dir.path().join("c.toml")).unwrap();
    std::fs::write(dir.path().join("pipeline.yml"), "stages: [plan]\n").unwrap();
    assert_eq!(SiteFiles::read(dir.path()).unwrap().objects.len(), 2, "somebody else's YAML is nobody's concern");
    std::fs::write(dir.path().join("inner/x.yaml"), "api_version: rackward/v1\nkind: Grant\n").unwrap();
    let faulty = SiteFiles::read(dir.path()).unwrap_err();
    assert!(faulty.problems.len() == 1 && faulty.problems[0].message.contains("TOML"), "{:?}", faulty.problems);
    assert_eq!((faulty.unread.len(), faulty.rest.objects.len()), (1, 2));
    let none = SiteFiles::read(&dir.path().join("nowhere")).unwrap_err().problems;
    assert_eq!(none.len(), 1);
}

#[test]
fn what_has_its_form_is_read_beside_what_has_not() {
    let head = "[[objects]]\napi_version = \"rackward/v1\"\n";
    let calendar = |name: &str, member: &str| {
        format!("{head}kind = \"Calendar\"\nmetadata = {{ name = \"{name}\" }}\nspec = {{ {member} = [] }}\n")
    };
    let text =
        [calendar("a", "days"), calendar("b", "dyas"), calendar("c", "days"), format!("{head}kind = \"Door\"\n")];
    let faulty = SiteFiles::of_text("f", &text.concat()).unwrap_err();
    let names: Vec<&str> = faulty.rest.objects.iter().filter_map(|one| one["metadata"]["name"].as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(faulty.rest.place_of("#/objects/1").as_deref(), Some("f:11:1"));
    let of = |kind: Option<&str>, name: Option<&str>| Unread { kind: kind.map(Into::into), name: name.map(Into::into) };
    assert_eq!(faulty.unread, [of(Some("Calendar"), Some("b")), of(None, None)]);
    let broken = SiteFiles::of_text("f", "a = ").unwrap_err();
    assert_eq!((broken.unread, broken.rest.objects.len()), (vec![Unread::default()], 0));
}

#[test]
fn a_file_whose_objects_are_wrong_and_whose_own_members_are_too_is_told_whole() {
    let text = "more = 1\n[[objects]]\napi_version = \"rackward/v1\"\nkind = \"Calendar\"\nmetadata = { name = \"a\" }\nspec = { days = [] }\n";
    let faulty = SiteFiles::of_text("f", text).unwrap_err();
    assert_eq!((faulty.problems.len(), faulty.rest.objects.len(), faulty.unread.len()), (1, 1, 1));
}

#[test]
fn files_are_known_again_by_what_is_written_above_them() {
    let [file] = &files_of(&SiteFiles::of_text("team.toml", TEAM).unwrap().objects, "lon1").unwrap()[..] else {
        panic!("one kind, one file")
    };
    assert!(is_ours("profiles.toml", &file.text), "{}", file.text);
    assert!(!is_ours("grants.toml", &file.text), "of another kind");
    assert!(!is_ours("other.toml", &file.text), "under another name");
    assert!(!is_ours("profiles.toml", TEAM), "somebody's own");
}
