//! Entities, their fields, and enumerations.

use super::{Parsed, Parser, word};
use crate::spec::jdl::syntax::{Annotation, Argument, Entity, Enumeration, EnumerationValue, Field, Validation, Word};
use crate::spec::jdl::token::TokenKind;

/// Validations without and with an argument.
const PLAIN_VALIDATIONS: [&str; 2] = ["required", "unique"];
const BOUNDS: [&str; 6] = ["min", "max", "minlength", "maxlength", "minbytes", "maxbytes"];

impl<'a> Parser<'a, '_> {
    pub(super) fn entity(&mut self, comment: Option<Word<'a>>, annotations: Vec<Annotation<'a>>) -> Parsed<Entity<'a>> {
        self.take();
        let name = self.name("jdl_expected_entity_name")?;
        let mut table = None;
        if self.take_mark("(") {
            table = Some(self.name("jdl_expected_table_name")?);
            self.mark(")")?;
        }
        let mut entity = Entity { name, table, comment, annotations, fields: Vec::new() };
        if self.take_mark("{") {
            self.fields(&mut entity);
        }
        Ok(entity)
    }

    fn fields(&mut self, entity: &mut Entity<'a>) {
        while !self.closes_block() {
            if self.block_is_over() {
                let problem = self.not_closed(entity.name);
                self.problems.push(*problem);
                return;
            }
            let before = self.next;
            match self.field() {
                Ok(field) => {
                    entity.fields.push(field);
                    self.take_mark(",");
                }
                Err(problem) => {
                    self.problems.push(*problem);
                    self.skip_to_item(before);
                }
            }
        }
    }

    fn field(&mut self) -> Parsed<Field<'a>> {
        let mut comment = self.comment();
        let annotations = self.annotations()?;
        let nearer = self.comment();
        comment = self.one_comment(comment, nearer);
        let name = self.name("jdl_expected_field_name")?;
        if self.starts_field() {
            return Err(self.expected("jdl_expected_field_type"));
        }
        let type_name = self.name("jdl_expected_field_type")?;
        let mut validations = Vec::new();
        while self.starts_validation() {
            validations.push(self.validation()?);
        }
        let next = self.peek();
        if next.kind == TokenKind::Comment && !next.starts_line {
            let behind = self.comment();
            comment = self.one_comment(comment, behind);
        } else if !(next.starts_line || self.goes_on_with_field()) {
            return Err(self.expected("jdl_expected_validation"));
        }
        Ok(Field { name, type_name, comment, annotations, validations })
    }

    /// Whether a name and a type stand here at the start of a line.
    fn starts_field(&self) -> bool {
        let (name, type_name) = (self.peek(), self.peek_at(1));
        name.starts_line
            && !type_name.starts_line
            && type_name.kind == TokenKind::Name
            && starts_with_capital(type_name.text)
    }

    /// Whether what follows a field in its line can do so: a comma, the closing brace, or another field.
    fn goes_on_with_field(&self) -> bool {
        let (next, after) = (self.peek(), self.peek_at(1));
        match next.kind {
            TokenKind::Mark => matches!(next.text, "," | "}" | "@"),
            TokenKind::Name => after.kind == TokenKind::Name && !after.starts_line && starts_with_capital(after.text),
            kind => kind == TokenKind::End,
        }
    }

    /// Whether a validation stands here, and not a field that is called as one.
    fn starts_validation(&self) -> bool {
        let (token, after) = (self.peek(), self.peek_at(1));
        let is_field = after.kind == TokenKind::Name
            && after.position.line == token.position.line
            && starts_with_capital(after.text);
        token.kind == TokenKind::Name
            && (PLAIN_VALIDATIONS.contains(&token.text) || BOUNDS.contains(&token.text) || token.text == "pattern")
            && !is_field
    }

    fn validation(&mut self) -> Parsed<Validation<'a>> {
        let name = word(self.take());
        if PLAIN_VALIDATIONS.contains(&name.text) {
            return Ok(Validation { name, argument: None });
        }
        self.mark("(")?;
        let token = self.peek();
        let argument = match token.kind {
            TokenKind::Pattern if name.text == "pattern" => Argument::Pattern(word(token)),
            TokenKind::Number if name.text != "pattern" => Argument::Number(word(token)),
            TokenKind::Name if name.text != "pattern" => Argument::Constant(word(token)),
            _ if name.text == "pattern" => return Err(self.expected("jdl_expected_pattern")),
            _ => return Err(self.expected("jdl_expected_number")),
        };
        self.take();
        self.mark(")")?;
        Ok(Validation { name, argument: Some(argument) })
    }

    pub(super) fn enumeration(&mut self, comment: Option<Word<'a>>) -> Parsed<Enumeration<'a>> {
        self.take();
        let name = self.name("jdl_expected_enum_name")?;
        self.mark("{")?;
        let mut enumeration = Enumeration { name, comment, values: Vec::new() };
        while !self.closes_block() {
            if self.block_is_over() {
                let problem = self.not_closed(name);
                self.problems.push(*problem);
                break;
            }
            let before = self.next;
            match self.enumeration_value() {
                Ok(value) => {
                    enumeration.values.push(value);
                    self.take_mark(",");
                }
                Err(problem) => {
                    self.problems.push(*problem);
                    self.skip_to_item(before);
                }
            }
        }
        Ok(enumeration)
    }

    fn enumeration_value(&mut self) -> Parsed<EnumerationValue<'a>> {
        let mut comment = self.comment();
        let name = self.name("jdl_expected_enum_value")?;
        let mut label = None;
        if self.take_mark("(") {
            if !matches!(self.peek().kind, TokenKind::Name | TokenKind::Quoted | TokenKind::Number) {
                return Err(self.expected("jdl_expected_enum_label"));
            }
            label = Some(word(self.take()));
            self.mark(")")?;
        }
        if self.peek().kind == TokenKind::Comment && !self.peek().starts_line {
            let behind = self.comment();
            comment = self.one_comment(comment, behind);
        }
        Ok(EnumerationValue { name, label, comment })
    }
}

fn starts_with_capital(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
}
