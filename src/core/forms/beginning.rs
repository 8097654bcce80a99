//! The answers that a form begins with: `default` of the questions that are asked from the start.
use super::layout::{Kind, Node};
use super::pointer::put;
use super::{Form, Language};
use crate::answers::Draft;

/// A default may open questions that have one themselves.
const MAX_ROUNDS: usize = 4;

pub(crate) fn begun(form: &Form) -> Draft {
    let mut draft = Draft::default();
    for _ in 0..MAX_ROUNDS {
        let live = form.live(&draft);
        let layout = form.layout(&live, &draft, Language::Da);
        let mut next = draft.clone();
        begin(&layout.root, &mut next);
        if next == draft {
            break;
        }
        draft = next;
    }
    draft
}

/// An optional group stays blank: beginning it would demand the rest of it.
fn begin(node: &Node<'_>, draft: &mut Draft) {
    if let Some(value) = node.default
        && !node.pointer.is_empty()
        && draft.answers.pointer(&node.pointer).is_none()
    {
        let fits = match &node.kind {
            Kind::Leaf(leaf) => leaf.produces(value),
            Kind::Repeat(_) | Kind::Tuple(_) => value.is_array() && node.required,
            Kind::Group(_) => value.is_object() && node.required,
            Kind::Closed | Kind::Nothing => false,
        };
        if fits {
            put(&mut draft.answers, &node.pointer, Some(value.clone()));
        }
    }
    if let Kind::Group(children) = &node.kind
        && (node.required || node.pointer.is_empty())
    {
        for child in children {
            begin(child, draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::forms::{Form, FormSource, Language};

    #[test]
    fn a_form_begins_with_its_defaults_and_what_they_open() {
        let schema = json!({
            "properties": {
                "same": {"type": "boolean", "default": false},
                "wrong": {"type": "integer", "default": "seven"},
                "group": {"type": "object", "required": ["b"], "properties": {"a": {"type": "string", "default": "x"}, "b": {"type": "string"}}}
            },
            "if": {"properties": {"same": {"const": false}}, "required": ["same"]},
            "then": {"properties": {"why": {"enum": ["p", "q"], "default": "q"}}}
        });
        let form = Form::read(&FormSource {
            id: "prøve".to_owned(),
            schema: schema.to_string(),
            ..FormSource::default()
        })
        .unwrap();
        let draft = form.begun();
        assert_eq!(draft.answers, json!({"same": false, "why": "q"}));
        assert_eq!(form.validate(&draft, Language::Da), vec![]);
    }
}
