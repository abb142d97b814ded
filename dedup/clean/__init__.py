"""Page or plain text → labelled blocks → body text.

`blocks` cuts, `features` describe, `model` labels; `train` makes the model from labelled pages and the lines of
`seeds/`. Here stands what the rest of dedup uses: `Cleaner`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup._verb import make_callable
from dedup.records import LABELS, Block, Cleaned, Favor, Label

if TYPE_CHECKING:
    from dedup.clean.blocks import Blocks
    from dedup.clean.explain import Reason
    from dedup.clean.model import Model
    from dedup.clean.templates import Templates

__all__ = ["Cleaner"]

make_callable(__name__)  # dedup.clean(documents) is the verb of the API


class Cleaner:
    """Tells an article's body from the furniture around it.

    Examples
    --------
    >>> cleaner = Cleaner.load()
    >>> [block.label for block in cleaner.clean("Share on Facebook").blocks]
    ['share']
    """

    def __init__(self, model: Model, templates: Templates | None = None, keep_labels: Collection[Label] = ()) -> None:
        self._model = model
        self._templates = templates
        self._keep_labels = keep_labels

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        templates: Templates | None = None,
        favor: Favor = "balanced",
        keep_labels: Collection[Label] = (),
    ) -> Cleaner:
        """Make a cleaner of a model.

        Parameters
        ----------
        path
            The model's file; None for the shipped one.
        templates
            What is known of sites.
        favor
            `precision` keeps less furniture, `recall` loses less body.
        keep_labels
            What goes into the text beside the body.

        Raises
        ------
        dedup.errors.ModelError
            The file is missing, damaged or of another version.
        """
        from dedup.clean.model import load_model

        return cls(load_model(path).favoring(favor), templates, keep_labels)

    def clean(self, text: str | None = None, html: Any = None, site: str | None = None) -> Cleaned:
        """Label the blocks of one document.

        Parameters
        ----------
        text
            Plain text; each non-empty line is a block, of a very long one each run of sentences with one label.
        html
            A page, as a string or as a parsed `bs4.BeautifulSoup`; it goes before `text` where both are given.
        site
            Where it stands, for a cleaner that knows sites.

        Returns
        -------
        Cleaned
            The body blocks, and what else is kept, as text, one a line; every block with its label; title, byline and
            date as the page states them. Nothing in, nothing out.
        """
        return self.clean_many([(text, html)], [site])[0]

    def clean_many(
        self, items: Sequence[tuple[str | None, Any]], sites: Sequence[str | None] | None = None
    ) -> list[Cleaned]:
        """Label the blocks of many documents at once, in order; each is `(text, html)`, with its site, as in `clean`.

        Much faster than one by one for plain text: the kernels then run over long arrays.
        """
        from dedup.clean.blocks import page_blocks, text_blocks

        documents = [text_blocks(text or "") if html is None else page_blocks(str(html)) for text, html in items]
        sites = sites or [None] * len(items)
        results: list[Cleaned] = [Cleaned("", []) for _ in documents]
        for is_page in (True, False):
            places = [i for i, part in enumerate(documents) if len(part) and (part.elements is not None) == is_page]
            labelled = self._label([documents[i] for i in places], [sites[i] for i in places], is_page)
            for i, cleaned in zip(places, labelled, strict=True):
                results[i] = cleaned
        return results

    def explain(self, text: str | None = None, html: Any = None) -> list[tuple[Block, list[Reason]]]:
        """Label the blocks of one document and say what moved the opinion of each most, strongest first.

        The pieces of a long line stand one by one. What is known of sites is left aside.
        """
        from dedup.clean.blocks import page_blocks, text_blocks
        from dedup.clean.explain import explain

        document = text_blocks(text or "") if html is None else page_blocks(str(html))
        if not len(document):
            return []
        prediction = self._model.predict([document], is_page=document.elements is not None)
        labels = prediction.labels.tolist()
        reasons = explain(self._model, document, labels)
        rows = zip(document.texts, labels, prediction.scores.tolist(), document.lines, strict=True)
        blocks = [Block(text, LABELS[label], score, line) for text, label, score, line in rows]
        return list(zip(blocks, reasons, strict=True))

    def _label(self, documents: list[Blocks], sites: list[str | None], is_page: bool) -> list[Cleaned]:
        from dedup.clean.assemble import assemble, labelled_blocks

        if not documents:
            return []
        prediction = self._model.predict(documents, is_page=is_page)
        labels, scores = prediction.labels.tolist(), prediction.scores.tolist()
        results = []
        first = 0
        for document, site in zip(documents, sites, strict=True):
            last = first + len(document)
            blocks = labelled_blocks(document, labels[first:last], scores[first:last])
            first = last
            if self._templates:
                self._templates.weigh(site, blocks, self._model.thresholds["page" if is_page else "text"])
            results.append(assemble(document, blocks, self._keep_labels))
        return results
