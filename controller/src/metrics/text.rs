//! Writes measurements down (Prometheus exposition format 0.0.4), and bounds how many series one metric has.

use std::fmt::Write as _;

/// How many series one metric has at most. Beyond it only those are written that are not as they should be, and how many
/// were left out; a database of measurements pays for each one, for as long as it keeps them.
pub(super) const SERIES_LIMIT: usize = 9_000;

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Measurements as they are written.
#[derive(Debug, Default)]
pub(super) struct Text {
    text: String,
    left_out: Vec<(&'static str, usize)>,
}

impl Text {
    /// Begins a metric.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing to a string cannot fail.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// One series of it.
    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(name);
        for (place, (label, value)) in labels.iter().enumerate() {
            self.text.push(if place == 0 { '{' } else { ',' });
            let _ = write!(self.text, "{label}=\"{}\"", escaped(value));
        }
        let _ = writeln!(self.text, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    /// One series for each thing, or for each that is not as it should be where there are too many.
    pub(super) fn series<'a, T>(
        &mut self,
        name: &'static str,
        things: &'a [T],
        stands_out: impl Fn(&T) -> bool,
        series: impl Fn(&'a T) -> (Vec<(&'static str, &'a str)>, f64),
    ) {
        let are_few = things.len() <= SERIES_LIMIT;
        let told = things.iter().filter(|thing| are_few || stands_out(thing)).take(SERIES_LIMIT);
        let mut count = 0;
        for thing in told {
            let (labels, value) = series(thing);
            self.sample(name, &labels, value);
            count += 1;
        }
        if count < things.len() {
            self.left_out.push((name, things.len() - count));
        }
    }

    /// All of it.
    pub(super) fn into_string(mut self) -> String {
        let name = "rackward_series_left_out";
        self.family(name, Kind::Gauge, "Series that a metric has too many of to be written.");
        for (metric, count) in std::mem::take(&mut self.left_out) {
            self.sample(name, &[("metric", metric)], count as f64);
        }
        self.text
    }
}

/// Label values escape these three characters and no other.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_written_as_prometheus_reads_them() {
        let mut text = Text::default();
        text.family("x_total", Kind::Counter, "How many.");
        text.sample("x_total", &[], 3.0);
        text.sample("x_total", &[("a", "1"), ("b", "q\"\\\nz")], 0.25);
        let expect =
            "# HELP x_total How many.\n# TYPE x_total counter\nx_total 3\nx_total{a=\"1\",b=\"q\\\"\\\\\\nz\"} 0.25\n";
        assert!(text.into_string().starts_with(expect));
    }

    #[test]
    fn too_many_series_are_cut_to_those_that_stand_out() {
        let names: Vec<String> = (0..SERIES_LIMIT + 1).map(|number| format!("d{number}")).collect();
        let count = |things: &[String]| {
            let mut text = Text::default();
            text.series("x", things, |name| name.ends_with("00"), |name| (vec![("d", name.as_str())], 1.0));
            let text = text.into_string();
            (text.lines().filter(|line| line.starts_with("x{")).count(), text.contains("left_out{metric=\"x\"} 8911"))
        };
        assert_eq!(count(&names[..SERIES_LIMIT]), (SERIES_LIMIT, false));
        assert_eq!(count(&names), (90, true));
    }
}
