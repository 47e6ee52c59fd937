//! What somebody does with a keyboard, a mouse and the browser's own buttons (WebDriver, clauses 10 and 15): keys go to whatever
//! has the focus, as they would from a person.

use serde_json::{Value, json};

use super::{Browser, ELEMENT};

/// A key, as WebDriver writes it (clause 17.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A letter, digit or sign.
    Char(char),
    /// The next thing.
    Tab,
    /// Yes.
    Enter,
    /// No.
    Escape,
    /// One further down.
    Down,
}

impl Key {
    const fn code(self) -> char {
        match self {
            Self::Char(sign) => sign,
            Self::Tab => '\u{e004}',
            Self::Enter => '\u{e007}',
            Self::Escape => '\u{e00c}',
            Self::Down => '\u{e015}',
        }
    }
}

impl Browser {
    /// Presses one key and lets it go.
    #[track_caller]
    pub fn press(&self, key: Key) {
        self.strike(&[key.code()]);
    }

    /// Types into whatever has the focus.
    #[track_caller]
    pub fn type_text(&self, text: &str) {
        self.strike(&text.chars().collect::<Vec<_>>());
    }

    fn strike(&self, signs: &[char]) {
        let strokes: Vec<Value> = signs
            .iter()
            .flat_map(|sign| [json!({ "type": "keyDown", "value": sign }), json!({ "type": "keyUp", "value": sign })])
            .collect();
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] }));
    }

    /// Goes on from one thing to the next until the one that fits has the focus.
    #[track_caller]
    pub fn tab_to(&self, selector: &str) {
        /// More than there are things on any page that take the focus.
        const MAX_STEPS: usize = 200;
        self.find(selector);
        let is_there =
            || self.run("return document.activeElement?.matches(arguments[0]) ?? false;", &json!([selector]));
        for _ in 0..MAX_STEPS {
            if is_there() == json!(true) {
                return;
            }
            self.press(Key::Tab);
        }
        panic!("{selector} is not reached by Tab on {}", self.address());
    }

    /// Moves the pointer over the element that fits, and leaves it there.
    #[track_caller]
    pub fn hover(&self, selector: &str) {
        let element = self.find(selector);
        let origin = json!({ ELEMENT: element.0 });
        let step = json!({ "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": origin });
        self.point(&step);
    }

    /// Moves the pointer to the corner of the window.
    #[track_caller]
    pub fn hover_nothing(&self) {
        self.point(&json!({ "type": "pointerMove", "duration": 0, "x": 1, "y": 1, "origin": "viewport" }));
    }

    fn point(&self, step: &Value) {
        let mouse = json!({
            "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": [step],
        });
        self.post("/actions", &json!({ "actions": [mouse] }));
    }

    /// The browser's button to go back.
    #[track_caller]
    pub fn back(&self) {
        self.post("/back", &json!({}));
    }

    /// The browser's button to load the page again.
    #[track_caller]
    pub fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    /// Chooses an option of the list that fits, as typing its words would.
    #[track_caller]
    pub fn type_choice(&self, selector: &str, words: &str) {
        self.tab_to(selector);
        self.type_text(words);
    }
}
