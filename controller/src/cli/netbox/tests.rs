//! Racks from a NetBox that behaves, and from ones that do not; from files; and which racks of this site they are.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::simulated::{Manner, NetBox, rack};
use super::*;
use serde_json::json;

const FIRST_KIND: &str = "0123456789abcdef0123456789abcdef01234567";

fn token(dir: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = dir.path().join("netbox.token");
    std::fs::write(&path, format!("{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

async fn fetched(netbox: &NetBox, text: &str) -> Result<Vec<RackOfRegister>, Failure> {
    let dir = tempfile::tempdir().unwrap();
    let token_file = token(&dir, text);
    let source = Source { url: &netbox.url, token_file: &token_file, ca_file: None, site: Some("lon1"), status: None };
    fetch(&source).await
}

#[tokio::test]
async fn every_page_is_fetched_with_either_kind_of_token() {
    for (text, shown) in [(FIRST_KIND, format!("Token {FIRST_KIND}")), ("nbt_k.s", "Bearer nbt_k.s".to_owned())] {
        let netbox = NetBox::start(8, &shown, Manner::Well).await;
        let racks = fetched(&netbox, text).await.unwrap();
        assert_eq!(racks.iter().map(|rack| rack.id).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
        let asked = netbox.asked.lock().unwrap();
        assert_eq!(asked.len(), 3, "three pages");
        assert!(asked[0].starts_with("GET /netbox/api/dcim/racks/?limit=200&site=lon1 "), "{}", asked[0]);
        let first = &racks[0];
        assert_eq!(
            (first.name.as_str(), first.site.as_str(), first.location.as_deref()),
            ("R01/C01", "lon1", Some("hall-a"))
        );
        assert_eq!((first.status.as_deref(), first.u_height, first.role.as_deref()), (Some("active"), Some(42), None));
    }
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_none() {
    let check = async |manner: Manner, exit: Exit, expect: &str| {
        let netbox = NetBox::start(8, &format!("Token {FIRST_KIND}"), manner).await;
        let failure = fetched(&netbox, FIRST_KIND).await.unwrap_err();
        assert_eq!(failure.exit, exit, "{manner:?}: {}", failure.text());
        assert!(failure.text().contains(expect), "{manner:?}: {}", failure.text());
        assert!(failure.text().contains("nothing was changed") || exit == Exit::NotSignedIn, "{}", failure.text());
        assert!(!failure.text().contains(FIRST_KIND), "no token is shown");
        let asked = netbox.asked.lock().unwrap();
        assert!(asked.len() <= 3, "{manner:?} is not asked for ever");
    };
    check(Manner::HalfPage, Exit::Invalid, "broke off half-way").await;
    check(Manner::TooFew, Exit::Invalid, "it promised 8 racks and gave 6").await;
    check(Manner::Html, Exit::Invalid, "it answers text/html, and not JSON").await;
    check(Manner::Redirect, Exit::Invalid, "a way to somewhere else").await;
    check(Manner::OtherPath, Exit::Invalid, "a next page is somewhere else").await;
    check(Manner::Fails, Exit::Unreachable, "it answers 502").await;
    check(Manner::Endless, Exit::Invalid, "a page is empty and names a next one").await;
    check(Manner::Circular, Exit::Invalid, "it promised 8 racks and goes on giving more").await;
    check(Manner::TooMany, Exit::Invalid, "there are 1000000 racks, and at most 20000 are taken").await;
    check(Manner::Nameless, Exit::Invalid, "rack number 1  it has no name").await;
}

/// The token goes to the address that was typed, whatever a page names as the next one's.
#[tokio::test]
async fn a_token_is_shown_nowhere_else() {
    let netbox = NetBox::start(8, &format!("Token {FIRST_KIND}"), Manner::Elsewhere).await;
    assert_eq!(fetched(&netbox, FIRST_KIND).await.unwrap().len(), 8);
    assert_eq!(netbox.asked.lock().unwrap().len(), 3, "all pages were asked of the same one");
}

#[tokio::test]
async fn a_token_that_does_not_count_is_told_as_such() {
    let netbox = NetBox::start(8, "Token other", Manner::Well).await;
    assert_eq!(fetched(&netbox, FIRST_KIND).await.unwrap_err().exit, Exit::NotSignedIn);
    let dir = tempfile::tempdir().unwrap();
    let open = token(&dir, FIRST_KIND);
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    let source = Source { url: &netbox.url, token_file: &open, ca_file: None, site: None, status: None };
    assert_eq!(fetch(&source).await.unwrap_err().exit, Exit::NotSignedIn, "a file that others can read is not used");
    for url in
        ["netbox.example", "ftp://a.example", "http://10.0.0.5/", "https://u:p@a.example", "https://a.example/?x=1"]
    {
        let private = token(&dir, FIRST_KIND);
        std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o600)).unwrap();
        let source = Source { url, token_file: &private, ca_file: None, site: None, status: None };
        assert_eq!(fetch(&source).await.unwrap_err().exit, Exit::Usage, "{url}");
    }
}

/// On a clock that stands still but for waits.
#[tokio::test(start_paused = true)]
async fn a_netbox_that_never_answers_is_given_up() {
    let netbox = NetBox::start(8, &format!("Token {FIRST_KIND}"), Manner::Hangs).await;
    let failure = fetched(&netbox, FIRST_KIND).await.unwrap_err();
    assert_eq!(failure.exit, Exit::Unreachable, "{}", failure.text());
}

fn file(text: &str) -> Result<Vec<RackOfRegister>, Failure> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("racks");
    std::fs::write(&path, text).unwrap();
    read(&path)
}

#[test]
fn files_are_read_as_netbox_exports_them() {
    let whole = json!({"count": 2, "next": null, "results": [rack(1), rack(2)]}).to_string();
    let csv = "\u{feff}ID,Name,Site,Location,Status,Height (U),Serial number,Asset tag\n1,R01/C01,lon1,hall-a,active,42,SN1,\n2,R01/C02,lon1,,,,,\n";
    for text in [whole.as_str(), &json!([rack(1), rack(2)]).to_string(), csv] {
        let racks = file(text).unwrap();
        assert_eq!(racks.iter().map(|rack| rack.id).collect::<Vec<_>>(), [1, 2], "{text}");
        assert_eq!((racks[0].u_height, racks[0].serial.as_deref()), (Some(42), Some("SN1")), "{text}");
    }
    let check = |text: &str, expect: &str| {
        let failure = file(text).unwrap_err();
        assert!(failure.exit == Exit::Invalid && failure.text().contains(expect), "{expect}: {}", failure.text());
    };
    check(&json!({"count": 9, "next": "x", "results": [rack(1)]}).to_string(), "it promises 9 racks and has 1");
    check(&whole[..whole.len() - 9], "it is no whole JSON");
    check("name,site\na,b\n", "its heading wants id, name and site");
    check("id,name,site\nx,a,b\n", "racks:2  \"x\" is no id");
    check("id,name,site\n1,a\n", "racks:2  it has 2 cells, and the heading has 3");
    check("", "its heading wants");
    check("{}", "it has no results");
}

#[test]
fn everything_that_is_wrong_with_racks_is_told_at_once() {
    let csv = "id,name,site\n1,a,lon1\nx,,\n2,b,lon1\n3,c\n4,d,lon1,\"e\nf\"\n,\"g\nh\",lon1\n-1,i,lon1\n";
    let failure = file(csv).unwrap_err();
    let expect = "error: 7 faults in the list of racks; nothing was changed [RW-L007]\n  racks:3  \"x\" is no id\n  \
                  racks:3  it has no name\n  racks:3  it is at no site\n  racks:5  it has 2 cells, and the heading has 3\n  \
                  racks:6  it has 4 cells, and the heading has 3\n  racks:8  it has no id\n  racks:10  \"-1\" is no id\n\
                  help: correct them in NetBox or in the file, and try again";
    assert_eq!((failure.exit, failure.text().as_str()), (Exit::Invalid, expect));
    let json = json!([rack(1), {"id": 2}, rack(3), {"name": "a", "site": {"slug": "b"}}]).to_string();
    let text = file(&json).unwrap_err().text();
    for part in ["rack number 2  it has no name", "rack number 2  it is at no site", "rack number 4  it has no id"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let many: String = std::iter::once("id,name,site\n").chain((0..1_200).map(|_| "x,a,b\n")).collect();
    assert!(file(&many).unwrap_err().text().contains("200 more are not listed"));
}

#[test]
fn racks_are_matched_by_number_and_then_by_path() {
    let areas = json!({"items": [{"path": "lon1/hall-a", "kind": "hall"}, {"path": "lon1/hall-a/r01/c01", "kind": "rack"},
                                 {"path": "lon1/hall-a/r01/c02", "kind": "rack"}]});
    let taken = json!({"items": [{"id": "nb-7", "rack": "lon1/hall-a/r01/c02"}, {"id": "nb-8", "rack": null}]});
    let known = Known::of(&areas, &taken);
    let one = |number: u32, name: &str| RackOfRegister {
        id: number,
        name: name.to_owned(),
        ..rack_of(&rack(number)).unwrap()
    };
    let mut racks = vec![one(1, "R01/C01"), one(7, "renamed"), one(9, "R01 / C09")];
    let strangers = known.fit(&mut racks, &RackMap::default());
    let matched: Vec<_> = racks.iter().map(|rack| rack.rack.as_deref()).collect();
    assert_eq!(matched, [Some("lon1/hall-a/r01/c01"), Some("lon1/hall-a/r01/c02"), None]);
    assert_eq!(strangers.iter().map(|(_, path)| path.as_str()).collect::<Vec<_>>(), ["lon1/hall-a/r01-/-c09"]);
    let map: RackMap = toml::from_str(
        "path = \"{site}/{location}/{facility_id}\"\n[sites]\nlon1 = \"lon2\"\n[locations]\n\"hall-a\" = \"hall-b\"\n[racks]\n9 = \"lon1/hall-a/r01/c01\"\n",
    )
    .unwrap();
    assert_eq!(map.path_of(&one(1, "x")), "lon2/hall-b/f1");
    assert_eq!(map.path_of(&one(9, "x")), "lon1/hall-a/r01/c01");
    assert!(toml::from_str::<RackMap>("colour = \"red\"\n").is_err());
}

#[test]
fn lines_for_the_site_file_are_toml() {
    let areas = json!({"items": [{"path": "lon1/hall-a", "kind": "hall"}]});
    let known = Known::of(&areas, &json!({}));
    let mut racks = vec![
        rack_of(&rack(3)).unwrap(),
        RackOfRegister { location: None, name: "x\ny".to_owned(), ..rack_of(&rack(4)).unwrap() },
    ];
    let strangers = known.fit(&mut racks, &RackMap::default());
    let text = site_lines(&strangers, &known);
    let read: toml::Table = toml::from_str(&text).unwrap();
    let listed = read["rack"].as_array().unwrap();
    assert_eq!(listed.len(), 2, "{text}");
    assert_eq!(
        (listed[0]["path"].as_str(), listed[0]["area"].as_str()),
        (Some("lon1/hall-a/r01/c03"), Some("lon1/hall-a"))
    );
    assert!(listed[1].get("area").is_none(), "what is not known is left to whoever reads it");
}
