//! What the areas on both sides of a door ask of whoever passes it, gathered once when the site is built: a decision waits for
//! memory, and an area's record is far away. Which areas are entered and left is settled here; what is asked of somebody is
//! decided in `decide/{antipassback,path,occupancy,two_person}.rs`.

use crate::id::AreaId;
use crate::site::draft::Side;
use crate::site::{Area, Company, Passback, PathProof, Site, Way};

/// What is asked along one way. Ways that ask the same share one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Demands {
    /// The area behind the door and its anti-passback.
    pub(crate) passback: Option<(AreaId, Passback)>,
    /// The area one must be known to be in.
    pub(crate) path: Option<AreaId>,
    /// The areas entered that hold so many people and no more.
    pub(crate) limits: Box<[(AreaId, u16)]>,
    /// The areas entered in which nobody may be alone.
    pub(crate) entered_together: Box<[AreaId]>,
    /// The areas left in which nobody may stay alone.
    pub(crate) left_together: Box<[AreaId]>,
}

/// Which of the site's demands a way makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DemandsNumber(u32);

impl Demands {
    /// What `way` asks.
    pub(crate) fn of(site: &Site, way: &Way) -> Self {
        let guarded = match way.side {
            Side::In => way.to,
            Side::Out => way.from,
        };
        let guarded = guarded.and_then(|area| site.area(area));
        let innermost = entered(site, way).next().filter(|area| area.policy.path == PathProof::Required);
        let together = |area: &&Area| area.policy.company == Company::Required;
        Self {
            passback: guarded.map(|area| (area.id, area.policy.passback)).filter(|(_, rule)| *rule != Passback::Off),
            path: innermost.and_then(|area| area.inside),
            limits: entered(site, way).filter_map(|area| Some((area.id, area.policy.max_occupancy?))).collect(),
            entered_together: entered(site, way).filter(together).map(|area| area.id).collect(),
            left_together: left(site, way).filter(together).map(|area| area.id).collect(),
        }
    }
}

impl Site {
    /// Gathers what each way asks.
    pub(crate) fn gather_demands(&mut self) {
        for index in 0..self.ways.len() {
            let Some(way) = self.ways[index] else { continue };
            let demands = Demands::of(self, &way);
            let number = self.number_of(demands);
            if let Some(way) = &mut self.ways[index] {
                way.demands = number;
            }
        }
    }

    /// The number of these demands; none when nothing is asked.
    fn number_of(&mut self, demands: Demands) -> Option<DemandsNumber> {
        if demands == Demands::default() {
            return None;
        }
        let known = self.demands.iter().position(|other| *other == demands);
        let place = known.unwrap_or_else(|| {
            self.demands.push(demands);
            self.demands.len() - 1
        });
        // Points are numbered in 32 bits, and there are no more demands than points.
        Some(DemandsNumber(place as u32))
    }

    /// What a way asks, if it asks anything.
    pub(crate) fn demands(&self, way: &Way) -> Option<&Demands> {
        self.demands.get(way.demands?.0 as usize)
    }
}

/// The areas that somebody enters: on the way in all around where one comes to, because how somebody came to the door is
/// known from presence alone; on the way out those that are not around where one comes from.
fn entered<'a>(site: &'a Site, way: &Way) -> impl Iterator<Item = &'a Area> {
    let from = way.from.filter(|_| way.side == Side::Out);
    let stays_in = move |area: &AreaId| from.is_some_and(|from| site.lies_in(from, *area));
    way.to.into_iter().flat_map(|to| site.around(to)).filter(move |area| !stays_in(&area.id))
}

/// The areas that somebody leaves: those around where one comes from that are not around where one comes to.
fn left<'a>(site: &'a Site, way: &Way) -> impl Iterator<Item = &'a Area> {
    let to = way.to;
    let stays_in = move |area: &AreaId| to.is_some_and(|to| site.lies_in(to, *area));
    way.from.into_iter().flat_map(|from| site.around(from)).filter(move |area| !stays_in(&area.id))
}
