//! What a browser noted meanwhile: whom it asked for what, and what went wrong on its pages (Chrome DevTools Protocol, domains
//! Network and Log, as the driver hands them on), and what is laid under every page that it opens.

use serde_json::{Value, json};

use super::Browser;

/// One request of the browser's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The whole address.
    pub address: String,
    /// The method.
    pub method: String,
}

impl Browser {
    /// Everything that was asked for since the last time somebody wanted to know. It was started to note it.
    #[track_caller]
    pub fn asked(&self) -> Vec<Asked> {
        let noted = self.noted("performance");
        let sent = noted.iter().filter_map(|line| {
            let event: Value = serde_json::from_str(line["message"].as_str()?).ok()?;
            let message = &event["message"];
            let request = (message["method"] == "Network.requestWillBeSent").then(|| &message["params"]["request"])?;
            Some(Asked { address: request["url"].as_str()?.to_owned(), method: request["method"].as_str()?.to_owned() })
        });
        sent.collect()
    }

    /// Every error that pages wrote down since the last time somebody wanted to know.
    #[track_caller]
    pub fn errors(&self) -> Vec<String> {
        let noted = self.noted("browser");
        let severe = noted.iter().filter(|line| line["level"] == "SEVERE");
        severe.filter_map(|line| Some(line["message"].as_str()?.to_owned())).collect()
    }

    fn noted(&self, kind: &str) -> Vec<Value> {
        self.post("/se/log", &json!({ "type": kind })).as_array().cloned().unwrap_or_default()
    }

    /// Runs a script in every page from now on, before the page's own.
    #[track_caller]
    pub fn lay_under(&self, script: &str) {
        let command = json!({ "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": { "source": script } });
        self.post("/goog/cdp/execute", &command);
    }
}
