"""Renders the story as Qualtrics tables."""

from .landing import Intake
from .story import Answer, Story
from .streams import between, stream, stripe_id
from .times import DAY, HOUR, at, micros
from .voices import SURVEYS, WAVES

SOURCE = "qualtrics"
SCORE_QUESTION, TEXT_QUESTION = "QID1", "QID2"
_MADE = at(2023, 2, 14, 3)
_COMPANY = -1  # Owns what no customer does.
_BY_LINK, _PREVIEW = 0, 1


def render_surveys(intake: Intake) -> None:
    """Render the surveys and their questions."""
    for survey in SURVEYS.values():
        intake.add(
            SOURCE,
            "survey",
            [
                (
                    _MADE,
                    {
                        "id": survey.id,
                        "survey_name": survey.name,
                        "survey_status": "Active",
                        "_fivetran_deleted": False,
                    },
                )
            ],
        )
        questions = (
            (SCORE_QUESTION, survey.question, "MC", survey.selector, survey.tag),
            (
                TEXT_QUESTION,
                "What is the main reason for your answer?",
                "TE",
                "ML",
                f"{survey.tag}_WHY",
            ),
        )
        for question_id, text, kind, selector, tag in questions:
            intake.add(
                SOURCE,
                "question",
                [
                    (
                        _MADE,
                        {
                            "id": question_id,
                            "survey_id": survey.id,
                            "question_text": text,
                            "question_type": kind,
                            "selector": selector,
                            "data_export_tag": tag,
                            "_fivetran_deleted": False,
                        },
                    )
                ],
            )


def render_previews(seed: int, intake: Intake) -> None:
    """Render what colleagues clicked through before each survey, and each wave, was sent."""
    tried = [(survey, _MADE + DAY) for survey in SURVEYS.values()]
    tried += [(SURVEYS["NPS"], wave) for wave in WAVES]
    for number, (survey, sent) in enumerate(tried):
        rng = stream(seed, "survey preview", number)
        answer = Answer(
            survey.tag,
            number,
            sent,
            sent - between(rng, HOUR, 8 * HOUR),
            None,
            between(rng, survey.low, survey.high + 1),
            None,
            rng.random() < 0.5,
            "EN",
        )
        _render_answer(seed, _COMPANY, answer, "preview", _PREVIEW, intake)


def render(seed: int, story: Story, intake: Intake) -> None:
    """Render one customer's survey answers."""
    for answer in story.answers:
        _render_answer(seed, story.customer.index, answer, "email", _BY_LINK, intake)


def _render_answer(
    seed: int, owner: int, answer: Answer, channel: str, status: int, intake: Intake
) -> None:
    response_id = stripe_id("R", seed, owner, answer.number)
    intake.add(
        SOURCE,
        "survey_response",
        [
            (
                answer.recorded,
                {
                    "id": response_id,
                    "survey_id": SURVEYS[answer.survey].id,
                    "start_date": micros(answer.recorded - 240),
                    "end_date": micros(answer.recorded - 5),
                    "recorded_date": micros(answer.recorded),
                    "finished": int(answer.is_finished),
                    "status": status,
                    "recipient_email": answer.email,
                    "distribution_channel": channel,
                    "user_language": answer.language,
                },
            )
        ],
    )
    given = ((SCORE_QUESTION, answer.score, None), (TEXT_QUESTION, None, answer.comment))
    for number, (question_id, value, text) in enumerate(given):
        if question_id == TEXT_QUESTION and text is None:
            continue
        answer_number = answer.number * 4 + number
        intake.add(
            SOURCE,
            "question_response",
            [
                (
                    answer.recorded,
                    {
                        "_fivetran_id": stripe_id("qr", seed, owner, answer_number)[3:],
                        "response_id": response_id,
                        "question_id": question_id,
                        "value": value,
                        "text": text,
                    },
                )
            ],
        )
