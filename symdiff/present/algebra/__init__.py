"""An algebra of arrays whose lengths are symbols: formulas as a mathematician would write them."""
