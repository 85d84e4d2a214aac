"""Size arithmetic: a text such as `2*n + T//2` and named sizes → a formula. Never run as Python."""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from seqinspect.algebra.expression import (
    Expr,
    FormulaTooLarge,
    ceil_div,
    const,
    literal,
    maximum,
    minimum,
)
from seqinspect.errors import refuse
from seqinspect.readers.elements.names import FUNCTIONS, check_name, stray_character
from seqinspect.readers.source.limits import LIMITS, Limits, truncate
from seqinspect.readers.source.names import join_names, nearest
from seqinspect.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check_name", "parse_size"]

OPERATORS = "+ - * // ** ( )"

# One token, or a character that begins none. A number takes the letters after it along, so that
# 0x10, 1_000, 1e3 and 2n are told apart instead of being cut in two.
TOKEN = re.compile(
    r"(?P<number>(?:[0-9]|\.[0-9])(?:[eE][-+](?=[0-9])|[\w.])*)|(?P<name>\w+)"
    r"|(?P<operator>\*\*|//|[-+*/(),×−])|(?P<other>\S)"
)
STRAY = re.compile(r"[^\S ]")
UNICODE_OPERATORS = {"×": "*", "−": "-"}
SUPERSCRIPT_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"

# Binary: how tightly it holds its operands together. The sign stands between * and **, as in
# Python: -n**2 is -(n**2).
PRECEDENCE = {"+": 1, "-": 1, "*": 2, "//": 2, "/": 2, "sign+": 3, "sign-": 3, "**": 4}

# Texts that belong to other languages: what they are.
FOREIGN_TOKENS = {
    '"': "a string", "'": "a string", "`": "a string", "[": "an index", "]": "an index",
    "{": "a brace", "}": "a brace", "<": "a comparison", ">": "a comparison",
    "=": "a comparison", "!": "a comparison", ".": "a dot", "%": "a remainder",
    ":": "a colon", "~": "a bit operation", "&": "a bit operation", "|": "a bit operation",
    "^": "a bit operation", "@": "a matrix product", "#": "a comment", "\\": "a backslash",
}  # fmt: skip


class _Ratio(NamedTuple):
    """An exact division that still has to be rounded, and where its sign stands."""

    numerator: Expr
    divisor: Expr
    at: int


_Operand: TypeAlias = Expr | _Ratio


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse_size(text: str, names: Mapping[str, Expr], *, limits: Limits = LIMITS) -> Expr:
    """Return the formula of a size. Raises SpecError, which names the character that is wrong.

    It may use integers, the names of known sizes, `+ - * // **`, parentheses, `min`, `max`,
    `ceil_div(a, b)`, `ceil(a / b)` and `floor(a / b)`.
    """
    if len(text) > limits.expression:
        refuse(
            f"this size has {len(text):,} characters",
            received=truncate(text),
            **limits.exceeded("expression"),
        )
    return names[text] if text in names else _Parser(text, names, limits).parse()


class _Parser:
    """Reads one text by operator precedence: operands and waiting operators on two stacks."""

    def __init__(self, text: str, names: Mapping[str, Expr], limits: Limits) -> None:
        self.text = text
        self.names = names
        self.limits = limits
        self.operands: list[_Operand] = []
        # Waiting: binary operators, signs, "(", and functions (which stand for their parenthesis).
        self.waiting: list[_Token] = []
        self.counts: list[int] = []  # arguments so far, one a parenthesis

    def parse(self) -> Expr:
        """Read all tokens."""
        tokens = self.tokens()
        if not tokens:
            self.refuse("a size is empty", None, expected="an integer or a formula")
        if len(tokens) == 1 and tokens[0].kind == "number":
            return literal(self.number(tokens[0]))
        operand_due = True
        for index, token in enumerate(tokens):
            following = tokens[index + 1].text if index + 1 < len(tokens) else ""
            operand_due = (
                self.read_operand(token, following) if operand_due else self.read_operator(token)
            )
        if operand_due:
            self.refuse(
                "the formula is unfinished",
                len(self.text.rstrip()) + 1,
                remedy="a number or a name is missing at its end",
            )
        while self.waiting:
            if self.waiting[-1].kind in ("open", "function"):
                self.refuse("a parenthesis is not closed", self.waiting[-1].at)
            self.reduce()
        return self.require_rounded(self.operands.pop())

    def tokens(self) -> list[_Token]:
        """Split the text; only spaces may stand between."""
        tokens: list[_Token] = []
        for match in TOKEN.finditer(self.text):
            kind, word, at = match.lastgroup or "", match[0], match.start() + 1
            if kind == "other":
                what = FOREIGN_TOKENS.get(word) or stray_character(word)
                remedy = self.power_remedy() if word == "^" else ""
                self.refuse(
                    f"{what} cannot stand in a size",
                    at,
                    expected=self.allowed_names(),
                    remedy=remedy,
                )
            tokens.append(_Token(kind, UNICODE_OPERATORS.get(word, word), at))
        stray = STRAY.search(self.text)
        if stray is not None:
            what = stray_character(stray[0])
            self.refuse(
                f"{what} cannot stand in a size",
                stray.start() + 1,
                remedy="write the formula on one line, with plain spaces",
            )
        return tokens

    def power_remedy(self) -> str:
        """Say how a size writes the power of which another language writes 2^3."""
        whole = re.fullmatch(r" *(\w{1,30}) *\^ *([0-9]{1,9}) *", self.text)
        if whole is not None:
            return f"write {whole[1]}**{whole[2]}"
        return "a power is written 2**3, and its exponent is a number"

    def read_operand(self, token: _Token, following: str) -> bool:
        """Take a token where an operand begins; tell whether one is still due."""
        if token.kind == "number":
            self.operands.append(const(self.number(token)))
            return False
        if token.kind == "name":
            if following == "(":
                if token.text not in FUNCTIONS:
                    self.refuse_call(token)
                # The parenthesis comes next; it finds its function on the stack.
                self.waiting.append(_Token("called", token.text, token.at))
                return True
            self.operands.append(self.size(token))
            return False
        if token.text in ("+", "-"):
            self.waiting.append(_Token("operator", f"sign{token.text}", token.at))
            return True
        if token.text != "(":
            self.refuse(f"a number or a name is missing before `{token.text}`", token.at)
        if self.waiting and self.waiting[-1].kind == "called":
            function = self.waiting.pop()
            self.waiting.append(_Token("function", function.text, function.at))
        else:
            self.waiting.append(_Token("open", "(", token.at))
        self.counts.append(1)
        if len(self.counts) > self.limits.nesting:
            refuse(
                f"parentheses are nested too deeply (character {token.at})",
                received=truncate(self.text),
                **self.limits.exceeded("nesting"),
            )
        return True

    def read_operator(self, token: _Token) -> bool:
        """Take a token after an operand; tell whether another operand is due."""
        text = token.text
        if token.kind in ("number", "name") or text == "(":
            if iskeyword(text):
                self.refuse(
                    f"`{text}` is a word of Python and cannot stand in a size",
                    token.at,
                    expected=self.allowed_names(),
                )
            self.refuse(
                f"an operator is missing before `{truncate(text)}`",
                token.at,
                remedy="write * for a product",
            )
        if text in (")", ","):
            while self.waiting and self.waiting[-1].kind == "operator":
                self.reduce()
            if text == ")" and self.waiting:
                self.close()
                return False
            if not self.waiting or self.waiting[-1].kind != "function":
                what = "a comma" if text == "," else "a `)` without `(`"
                self.refuse(f"{what} cannot stand here", token.at)
            self.counts[-1] += 1
            return True
        level = PRECEDENCE[text]
        # ** groups from the right: 2**3**2 is 2**(3**2).
        tight = level + 1 if text == "**" else level
        while (
            self.waiting
            and self.waiting[-1].kind == "operator"
            and PRECEDENCE[self.waiting[-1].text] >= tight
        ):
            self.reduce()
        self.waiting.append(token)
        return True

    def close(self) -> None:
        """End a parenthesis, and apply its function."""
        opening = self.waiting.pop()
        count = self.counts.pop()
        if opening.kind == "open":
            return
        arguments = self.operands[-count:]
        del self.operands[-count:]
        name = opening.text
        if name in ("ceil", "floor"):
            ratio = arguments[0]
            if count != 1 or not isinstance(ratio, _Ratio):
                self.refuse(f"`{name}` rounds one division", opening.at, expected=FUNCTIONS[name])
            up = name == "ceil"
            self.operands.append(
                self.apply_division(ratio.numerator, ratio.divisor, ratio.at, up=up)
            )
            return
        sizes = [self.require_rounded(argument) for argument in arguments]
        if name == "ceil_div":
            if count != 2:
                self.refuse("`ceil_div` takes two sizes", opening.at, expected=FUNCTIONS[name])
            self.operands.append(self.apply_division(sizes[0], sizes[1], opening.at, up=True))
            return
        try:
            self.operands.append(maximum(*sizes) if name == "max" else minimum(*sizes))
        except FormulaTooLarge as error:
            self.too_large(error, opening.at)

    def reduce(self) -> None:
        """Apply the operator that waits on top."""
        _, operator, at = self.waiting.pop()
        right = self.require_rounded(self.operands.pop())
        if operator in ("sign+", "sign-"):
            self.operands.append(right if operator == "sign+" else -right)
            return
        left = self.require_rounded(self.operands.pop())
        try:
            if operator == "+":
                self.operands.append(left + right)
            elif operator == "-":
                self.operands.append(left - right)
            elif operator == "*":
                self.operands.append(left * right)
            elif operator == "**":
                self.operands.append(self.apply_power(left, right, at))
            elif operator == "//":
                self.operands.append(self.apply_division(left, right, at))
            else:
                self.operands.append(_Ratio(left, right, at))
        except FormulaTooLarge as error:
            self.too_large(error, at)

    def apply_power(self, base: Expr, exponent: Expr, at: int) -> Expr:
        """Raise to a power whose exponent is a plain number."""
        number = exponent.value
        if not exponent.is_constant or number is None:
            self.refuse(
                "an exponent must be a number, not a name",
                at,
                remedy="formulas hold no names as exponents: write the number",
            )
        if number < 0:
            self.refuse("an exponent is below 0: sizes are integers", at)
        return base**number

    def apply_division(self, numerator: Expr, divisor: Expr, at: int, *, up: bool = False) -> Expr:
        """Divide, and round down or up."""
        try:
            if divisor.value is not None and divisor.value <= 0 and (up or divisor.value == 0):
                self.refuse(
                    "division by zero" if divisor.value == 0 else "division by a negative number",
                    at,
                    expected="a divisor above 0",
                )
            return ceil_div(numerator, divisor) if up else numerator // divisor
        except FormulaTooLarge as error:
            self.too_large(error, at)
        except ZeroDivisionError:
            self.refuse("division by zero", at, expected="a divisor above 0")

    def require_rounded(self, operand: _Operand) -> Expr:
        """Return the operand, if it is no bare division."""
        if isinstance(operand, _Ratio):
            self.refuse(
                "`/` may leave a fraction, and sizes are integers",
                operand.at,
                remedy="write // for integer division, or ceil(a / b) to round up",
            )
        return operand

    def number(self, token: _Token) -> int:
        """Read an integer, written with plain digits."""
        text, at = token.text, token.at
        if not (text.isascii() and text.isdigit()):
            self.refuse_number(token)
        if len(text) > self.limits.digits:
            refuse(
                f"a number has {len(text):,} digits (character {at})",
                received=truncate(self.text),
                **self.limits.exceeded("digits"),
            )
        if len(text) > 1 and text.startswith("0"):
            decimal = text.lstrip("0") or "0"
            self.refuse(
                f"`{truncate(text)}` starts with 0: some read it as octal",
                at,
                remedy=f"write {truncate(decimal)}",
            )
        return int(text)

    def refuse_number(self, token: _Token) -> NoReturn:
        """Say what a number is that is no integer in plain digits."""
        text, at = token.text, token.at
        what, remedy = f"`{truncate(text)}` is not an integer", "sizes are integers"
        split = re.fullmatch(r"([0-9]+)([A-Za-z_]\w*)", text, re.ASCII)
        if re.fullmatch(r"0[xXoObB]\w+", text):
            remedy = "write it with the digits 0 to 9"
        elif re.fullmatch(r"[0-9][0-9_]*", text, re.ASCII):
            remedy = f"write {truncate(text.replace('_', ''))}"
        elif split is not None and split[2] in self.names:
            what = f"an operator is missing in `{truncate(text)}`"
            remedy = f"write {split[1]}*{split[2]}"
        self.refuse(what, at, remedy=remedy)

    def size(self, token: _Token) -> Expr:
        """Return the size that a name stands for."""
        name = token.text
        if name not in self.names:
            self.refuse_name(token)
        return self.names[name]

    def refuse_name(self, token: _Token) -> NoReturn:
        """Say why a name stands for no size."""
        name = token.text
        if name in FUNCTIONS:
            self.refuse(f"`{name}` is a function", token.at, expected=FUNCTIONS[name])
        strange = next((character for character in name if not character.isascii()), "")
        if strange:
            base = name.rstrip(SUPERSCRIPT_DIGITS)
            power = name[len(base) :].translate(str.maketrans(SUPERSCRIPT_DIGITS, "0123456789"))
            self.refuse(
                f"a size holds {stray_character(strange)}",
                token.at + name.index(strange),
                expected=self.allowed_names(),
                remedy=f"write {truncate(base)}**{power}" if power and base in self.names else "",
            )
        if iskeyword(name):
            self.refuse(
                f"`{name}` is a word of Python and cannot stand in a size",
                token.at,
                expected=self.allowed_names(),
            )
        near = nearest(token.text, self.names)
        refuse(
            f"`{truncate(name)}` is not a known size (character {token.at})",
            received=truncate(self.text),
            expected=join_names(self.names) or "an integer: no sizes are named under `dims`",
            remedy=f"did you mean `{near}`?"
            if near
            else f"give it a number under `dims`, such as dims: {{{truncate(name)}: 10}}",
            about="unknown dim",
            undefined="" if near else name,
        )

    def refuse_call(self, token: _Token) -> NoReturn:
        """Say that this cannot be called."""
        name = truncate(token.text)
        if token.text in self.names:
            self.refuse(
                f"`{name}` is a size and cannot be called",
                token.at,
                remedy=f"write {name}*(…) for a product",
            )
        self.refuse(
            f"`{name}` is no function of sizes", token.at, expected=", ".join(FUNCTIONS.values())
        )

    def allowed_names(self) -> str:
        """List what may stand in a size."""
        names = join_names(self.names)
        return f"integers, {f'the sizes {names}' if names else 'names'} and {OPERATORS}"

    def too_large(self, error: FormulaTooLarge, at: int) -> NoReturn:
        """Say which limit of formulas was passed."""
        refuse(
            f"{error} (character {at})",
            received=truncate(self.text),
            expected="a formula within that limit, which is fixed",
            remedy="give a part of it a name of its own under `dims`",
            about="limit",
        )

    def refuse(
        self, what: str, at: int | None, *, expected: str = "", remedy: str = ""
    ) -> NoReturn:
        """Say what is wrong and where."""
        refuse(
            what if at is None else f"{what} (character {at})",
            received=truncate(self.text),
            expected=expected,
            remedy=remedy,
            about="expression",
        )
