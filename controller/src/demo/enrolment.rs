//! How the demo's handles come to their certificates: each redeems a one-time code at the daemon's own listener, as a real
//! one would. The demo is the operator who makes the codes; it only makes them a moment earlier than the API could, so that
//! the simulated hardware is there before the daemon.
//!
//! A handle that has its certificate from an earlier run gets no code.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt as _;

use anyhow::Context as _;
use rackward_core::engine::command::Scope;
use rackward_core::entry::ReasonText;
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::{Caller, Command, Site};
use rackward_firmware_sim::identity::IdentityDir;
use rackward_protocol::mqtt::enrolment::{Code, HALF_BYTES};
use sha2::{Digest as _, Sha256};

use super::site::{Premises, SITE, Wire, devices};
use crate::clock;
use crate::pki::Authority;

/// What the journal says about the codes.
const REASON: &str = "the demo's handles come to their certificates";

/// One code for each handle that has to enrol, by its name.
#[derive(Default)]
pub(super) struct Codes(BTreeMap<String, Code>);

impl Codes {
    /// Draws codes for the handles at the broker that have no identity. They name the site's authority, which is made now
    /// if this is the first run.
    pub(super) fn draw(premises: &Premises) -> anyhow::Result<Self> {
        let state = premises.state();
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&state)
            .with_context(|| format!("cannot make the directory {}", state.display()))?;
        // How many devices hold certificates the journal knows; the daemon, which reads it, looks at that.
        let authority = Authority::open(&state, SITE, 0, clock::now().wall)?;
        let mut codes = BTreeMap::new();
        for plan in devices().into_iter().filter(|plan| matches!(plan.wire, Wire::Network)) {
            let home = IdentityDir::new(premises.handles().join(&plan.name));
            if home.load().with_context(|| format!("the identity of {} cannot be read", plan.name))?.is_none() {
                let mut secret = [0; HALF_BYTES];
                getrandom::fill(&mut secret)?;
                codes.insert(plan.name, Code::new(secret, authority.certificate_der()));
            }
        }
        Ok(Self(codes))
    }

    /// The code of a handle, as it is typed.
    pub(super) fn of(&self, device: &str) -> Option<String> {
        self.0.get(device).map(Code::to_string)
    }

    /// The commands by which an operator would have made these codes.
    pub(super) fn offers(&self, site: &Site) -> anyhow::Result<Vec<(Caller, Command)>> {
        let caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);
        let reason = ReasonText::parse(REASON).context("the reason is unfit")?;
        let offer = |(name, code): (&String, &Code)| {
            let device = site.device_named(name).with_context(|| format!("the site has no device {name}"))?.id;
            let code = Sha256::digest(code.secret).into();
            Ok((caller, Command::OfferEnrolment { device, code, reason: reason.clone() }))
        };
        self.0.iter().map(offer).collect()
    }
}
