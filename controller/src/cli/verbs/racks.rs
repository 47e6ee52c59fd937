//! Racks from an asset register: its list is fetched or read whole (`cli/netbox.rs`), matched to the racks of this site, and given
//! to the daemon, which flags what is gone. Access is nobody's here: racks are places of the site file, and stay so.

use std::path::Path;

use hyper::Method;
use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::{Session, pages, screens, single, with};
use crate::cli::arguments::NetboxImport;
use crate::cli::client::{Intent, Target};
use crate::cli::failure::{Exit, Failure};
use crate::cli::netbox::{self, Known, RackMap, Source, site_lines};
use crate::cli::output::Report;

/// Takes over what NetBox says of racks.
///
/// # Errors
/// NetBox or the file does not give a whole list, the map cannot be used, or the daemon does not answer or says no.
pub(super) async fn import(session: &Session, args: &NetboxImport) -> Result<Report, Failure> {
    let map = args.map.as_deref().map_or_else(|| Ok(RackMap::default()), RackMap::read)?;
    let mut racks = match (&args.file, &args.url, &args.netbox_token_file) {
        (Some(file), ..) => netbox::read(file)?,
        (None, Some(url), Some(token_file)) => {
            let (site, status) = (args.site.as_deref(), args.status.as_deref());
            netbox::fetch(&Source { url, token_file, ca_file: args.ca_file.as_deref(), site, status }).await?
        }
        (None, _, _) => {
            return Err(Failure::usage("--url", &"name NetBox with --url and --netbox-token-file, or a file"));
        }
    };
    if let Some(site) = &args.site {
        racks.retain(|rack| rack.site == *site);
    }
    let areas = pages(session, Target::new(&["areas"])).await?;
    let known = Known::of(&areas, &pages(session, Target::new(&["racks"])).await?);
    let strangers = known.fit(&mut racks, &map);
    let written = match &args.site_lines {
        Some(file) => write(file, &site_lines(&strangers, &known))?,
        None => String::new(),
    };
    let body = request::TakeRacks { site: args.site.clone(), racks };
    let applies = args.apply && session.client.intent() == Intent::CarryOut;
    let document = if applies { done(session, &body).await? } else { tried(session, &body).await? };
    let stranger = |(rack, path): &(request::RackOfRegister, String)| json!({"id": format!("nb-{}", rack.id), "name": rack.name, "site": rack.site, "path": path});
    let document = with(document, "applied", json!(applies));
    let document = with(document, "not_at_this_site", strangers.iter().map(stranger).collect());
    Ok(single("RackImport", with(document, "lines_written_to", json!(written)), screens::racks_taken))
}

async fn done(session: &Session, body: &request::TakeRacks) -> Result<Value, Failure> {
    session.client.change(Method::POST, &Target::new(&["racks", "import"]), body).await
}

/// What would come of it, as the daemon says.
async fn tried(session: &Session, body: &request::TakeRacks) -> Result<Value, Failure> {
    let client = session.client.rehearsing();
    match client.change(Method::POST, &Target::new(&["racks", "import"]), body).await {
        Err(failure) if failure.is("rehearsed") => Ok(client.rehearsed().unwrap_or_default()),
        Err(failure) => Err(failure),
        Ok(_) => Err(session.client.unreachable("it did not say that this was tried")),
    }
}

/// Writes lines for the site file; gives the file's name.
fn write(file: &Path, text: &str) -> Result<String, Failure> {
    let name = file.display().to_string();
    let failed = |error: std::io::Error| {
        let help = "name a file in a directory of yours";
        Failure::new(Exit::Failed, "not-written", "the lines cannot be written", format!("{name}: {error}"), help)
    };
    std::fs::write(file, text).map_err(failed)?;
    Ok(name)
}
