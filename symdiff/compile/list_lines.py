"""The lines that read and write elements of lists, and what is written in one line at once."""

from __future__ import annotations

import re
from dataclasses import field

import numpy as np

from ..operations.table.structural import Structural
from ..operations.table.template import COPY, Template
from ..program.program import FLOAT, Operand, Statement, Var, operand_aval
from ..records import dataclass
from .checks import PYTHON_TYPES, is_math
from .element_lists import element_of
from .lines import Emitter, Output
from .plain_numbers import operands_once
from .storage import copied, is_copy, is_element_read, is_element_write, writes_element
from .wrapping import wrapping

NUMBER = re.compile(r"(_\d+)+$")
"""What a name ends with that has been made unlike others."""

_WHOLE = re.compile(r"[\w.]+(\([^()]*\)|(\[\w+\])*)")
"""What needs no parentheses: a name, a call, an element."""

_LONGEST = 100
"""No longer is what is written within one line: Python bounds how deep parentheses may be."""


@dataclass(slots=True)
class ListEmitter(Emitter):
    """Writes the lines of a program in which some arrays are lists."""

    as_lists: set[Var] = field(default_factory=set)
    before: list[Statement] = field(default_factory=list)  # the statements just written

    def of_lists(self, statement: Statement, number: int) -> bool:
        """Write a statement that reads or gives what is a list here; whether it is one."""
        target, operands = statement.target, statement.operands
        found = [o for o in operands if type(o) is Var and o in self.as_lists]
        read = list(dict.fromkeys(found))
        if not read and target not in self.as_lists:
            return False
        x = operands[0] if operands else None
        of_element = is_element_read(statement) or (
            is_element_write(statement, number, self.lifetimes) and target in self.as_lists
        )
        if of_element and type(x) is Var and x in self.as_lists:
            self.element_of_list(statement, x, number)
            return True
        if target in self.as_lists and (is_copy(statement) or statement.operation is COPY):
            self.lines.append((target.name, self.kept(x, target, is_copy(statement))))
            return True
        if type(x) is Var and x in read and target in self.as_lists and writes_element(statement):
            self.lines.append((target.name, copied(x.name, target.aval.ndim)))
            self.lines.append((self.place_in(target, statement), self.written(statement)))
            return True
        part = _part_of(statement)
        if part and type(x) is Var and x in read and target not in self.as_lists:
            assert target is not None
            self.lines.append((target.name, f"numpy.array({x.name}{part})"))
            return True
        names = [v.name for v in read]
        for var in read:  # as arrays, for this statement
            name = self.namer(f"{NUMBER.sub('', var.name)}_array")
            self.lines.append((name, f"numpy.array({var.name})"))
            var.name = name
        self.as_lists.difference_update(read)
        Emitter.statement(self, statement, number)
        self.as_lists.update(read)
        for var, name in zip(read, names, strict=True):
            var.name = name
        if target in self.as_lists:
            self.lines.append((target.name, f"{target.name}.tolist()"))
        return True

    def kept(self, operand: Operand, var: Var, anew: bool = False) -> str:
        """An operand as what a variable is: an array or a list, or the sort of number."""
        if var not in self.as_lists:
            source = self.number(operand, var)
            of_list = type(operand) is Var and operand in self.as_lists
            return f"numpy.array({source})" if anew or of_list else source
        if type(operand) is Var and operand in self.as_lists:
            return copied(operand.name, var.aval.ndim) if anew else operand.name
        return f"{self.operand(operand)}.tolist()"

    def operand(self, operand: Operand) -> str:
        if type(operand) is Var and operand in self.as_lists:
            return f"numpy.array({operand.name})"
        return Emitter.operand(self, operand)

    def list_of(self, x: Var) -> str | None:
        return None if x in self.as_lists else Emitter.list_of(self, x)

    def output(self, operand: Operand, output: Output, handed: set[Var]) -> str:
        if type(operand) is Var and operand in self.as_lists:
            return f"numpy.array({operand.name}, {output.dtype!r})"
        return Emitter.output(self, operand, output, handed)

    def test(self, condition: Operand, number: int) -> str:
        """A condition, as it is computed where that has just been written and nobody else asks.

        Python decides by a comparison in half the time if it need not be kept.
        """
        text = self.taken_back(condition, number)
        return self.operand(condition) if text is None else f"({text})"

    def taken_back(self, var: Operand, number: int) -> str | None:
        """The source in the last line, taken away, if statement `number` alone reads its value."""
        if type(var) is not Var or not self.lines or self.lines[-1][0] != var.name:
            return None
        if self.lifetimes.last.get(var) != number:
            return None
        return self.lines.pop()[1]

    def at_once(self, statement: Statement, number: int) -> dict[Var, str]:
        """Name operands of an expression by the sources that have just been written for them.

        These are taken away: nobody else reads the values, which Python's stack holds at less cost
        than a variable. Gives the names that the operands had.
        """
        operation, target = statement.operation, statement.target
        if self.careful or type(operation) is not Template:
            return {}
        assert target is not None
        if not is_math(target):
            return {}
        names: dict[Var, str] = {}
        _, asked = wrapping(statement)  # which are read once more
        waiting = [o for o in operands_once(operation, statement) if is_math(o) and o not in asked]
        room = _LONGEST
        while waiting and self.lines:
            last, source = self.lines[-1]
            found = next((v for v in waiting if v.name == last), None)
            if found is None or source is None or len(source) > room:
                break
            if any(re.search(rf"\b{last}\b", v.name) for v in names):
                break  # what has been taken away reads it, too
            text = self.taken_back(found, number)
            if text is None:
                break
            waiting.remove(found)
            names[found], found.name = last, text if _WHOLE.fullmatch(text) else f"({text})"
            room -= len(text)
        return names

    def element_of_list(self, statement: Statement, x: Var, number: int) -> None:
        """Read or write an element of what is a list here."""
        target = statement.target
        assert target is not None
        element = self.place_in(x, statement)
        if statement.operation.name == "getitem":
            self.python_numbers.add(target)
            self.lines.append((target.name, element))
            return
        value, text = statement.operands[1], self.written(statement)
        if type(value) is Var and text == value.name:
            text = self.written_at_once(value, element, number) or text
        self.lines.append((element, text))
        target.name = x.name

    def place_in(self, x: Var, statement: Statement) -> str:
        """The source of an element of a list."""
        places = element_of(statement)
        assert places is not None
        return x.name + "".join([f"[{self.operand(place)}]" for place in places])

    def written(self, statement: Statement) -> str:
        """The source of the number that is written to an element."""
        value = statement.operands[1]
        return self.number(float(value) if type(value) is int else value, Var("", FLOAT))

    def written_at_once(self, value: Var, element: str, number: int) -> str | None:
        """The source of what is written, if it has just been computed: `x[i] = x[i] + v`."""
        text = self.taken_back(value, number)
        if text is None or len(self.before) < 3 or not self.lines:
            return text
        first, second, _ = self.before
        old = first.target
        if (
            second.target is value
            and old is not None
            and sum(o is old for o in second.operands) == 1
            and self.lines[-1] == (old.name, element)
            and self.lifetimes.last.get(old) == number - 1
            and len(re.findall(rf"\b{old.name}\b", text)) == 1
        ):
            self.lines.pop()
            return re.sub(rf"\b{old.name}\b", lambda _: element, text)
        return text

    def number(self, operand: Operand, var: Var) -> str:
        """An operand as the sort of number that a variable holds."""
        if type(operand) is not Var:
            return self.constant(operand)
        kind = PYTHON_TYPES.get(var.aval.dtype)
        if self.careful or kind is None or not is_math(var):
            return operand.name
        known = operand in self.python_numbers and operand not in self.maybe_integers
        return operand.name if known else f"{kind.__name__}({operand.name})"

    def constant(self, operand: Operand) -> str:
        if isinstance(operand, np.ndarray) and not operand.shape and not self.careful:
            operand = operand.item() if operand.dtype.name in PYTHON_TYPES else operand
        text = self.operand(operand)
        return f"numpy.float64({text})" if self.careful and type(operand) is float else text


def _part_of(statement: Statement) -> str:
    """The index of a part of a vector that is read, where that is the same in a list."""
    operation = statement.operation
    if type(operation) is not Structural or operation.name != "getitem":
        return ""
    index = operation.params["index"]
    if len(index) != 1 or type(index[0]) is not tuple or index[0][0] != "slice":
        return ""
    _, start, stop, step = index[0]
    plain = all(v is None or type(v) is int for v in (start, stop, step))
    if not plain or operand_aval(statement.operands[0]).ndim != 1:
        return ""
    text = ":".join("" if v is None else str(v) for v in (start, stop))
    return f"[{text}{'' if step is None else f':{step}'}]"
