"""What a worker does with a divergence: keeps it as a file at once, tells of it, replaces it by a smaller one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from parity.campaign.events import DivergenceFound, DivergenceShrunk, Event
from parity.campaign.rundir import RunDir
from parity.cases.model import Case
from parity.triage.divergence import Divergence
from parity.triage.localise import Parts
from parity.triage.pair import Result, Side
from parity.triage.shrink import Hunt, case_size
from parity.triage.waivers import Waiver

__all__ = ["Context", "Finds"]


@dataclass(frozen=True)
class Context:
    """What the layers of one worker share.

    `known` holds the fingerprints this worker has met, and grows. `second` gives the subject that says where in the
    Rust side a divergence lies, and its name; `parts` those with parts left to upstream. `waivers` are those that hold
    in this run; `watched` names, by case id, those whose kept regression a case is.
    """

    worker: int
    run_dir: RunDir
    oracle: str
    subject: str
    seed: int
    shrink_seconds: float
    provenance: dict[str, Any]
    known: set[str]
    emit: Callable[[Event], None]
    second: Callable[[], tuple[str, Side]] | None = None
    parts: Parts | None = None
    waivers: tuple[Waiver, ...] = ()
    watched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Finds:
    """The divergences of one layer of one worker."""

    def __init__(self, context: Context, phase: str, layer: str) -> None:
        self._context = context
        self._phase = phase
        self._layer = layer

    def keep(self, case: Case, result: Result) -> Divergence:
        """Saves what a case showed, and says nothing of it yet."""
        context = self._context
        found = Divergence.found(
            case,
            result,
            phase=self._phase,
            campaign_layer=self._layer,
            oracle=context.oracle,
            subject=context.subject,
            seed=context.seed,
            provenance=context.provenance,
        )
        found.save(context.run_dir.divergences)
        return found

    def tell(self, found: Divergence, gone: str = "", *, mine: bool = True) -> Divergence:
        """Emits the event of a kept divergence; `gone` says what was there the second time, if it is flaky.

        Where it is not `mine` to tell, as another worker has told of the same, the file goes.
        """
        context = self._context
        if not mine:
            (context.run_dir.divergences / f"{found.id}.json").unlink(missing_ok=True)
            return found
        found = replace(found, flaky=bool(gone), again=gone)
        path = found.save(context.run_dir.divergences)
        context.emit(
            DivergenceFound(
                phase=self._phase,
                layer=self._layer,
                id=found.id,
                fingerprint=found.fingerprint,
                fingerprint_id=found.fingerprint_id,
                summary=found.difference.summary,
                case_id=found.case.case_id,
                case_bytes=case_size(found.case)[0],
                path=str(path.relative_to(context.run_dir.path)),
                worker=context.worker,
                flaky=found.flaky,
            )
        )
        return found

    def smaller(self, found: Divergence, case: Case, result: Result) -> Divergence:
        """Saves the divergence with a smaller case that shows it."""
        made = found.smaller(case, result)
        made.save(self._context.run_dir.divergences)
        return made

    def ended(self, final: Divergence, hunt: Hunt) -> None:
        """Saves a divergence for good, and tells how its search ended."""
        path = final.save(self._context.run_dir.divergences)
        self._context.emit(
            DivergenceShrunk(
                phase=self._phase,
                layer=self._layer,
                id=final.id,
                fingerprint=final.fingerprint,
                fingerprint_id=final.fingerprint_id,
                summary=final.difference.summary,
                case_id=final.case.case_id,
                case_bytes=case_size(final.case)[0],
                original_bytes=case_size(final.original_case)[0],
                probes=hunt.probes,
                seconds=hunt.seconds,
                flaky=final.flaky,
                path=str(path.relative_to(self._context.run_dir.path)),
                worker=self._context.worker,
                localised="" if final.localised is None else final.localised.told(),
                cut=hunt.cut,
            )
        )
