"""Renders the story as Qualtrics tables."""

from .landing import Intake
from .story import Story
from .streams import stripe_id
from .times import at, micros
from .voices import SURVEYS

SOURCE = "qualtrics"
SCORE_QUESTION, TEXT_QUESTION = "QID1", "QID2"
_MADE = at(2023, 2, 14, 3)


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


def render(seed: int, story: Story, intake: Intake) -> None:
    """Render one customer's survey answers."""
    index = story.customer.index
    for answer in story.answers:
        response_id = stripe_id("R", seed, index, answer.number)
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
                        "recipient_email": answer.email,
                        "distribution_channel": "email",
                        "user_language": answer.language,
                    },
                )
            ],
        )
        given = ((SCORE_QUESTION, answer.score, None), (TEXT_QUESTION, None, answer.comment))
        for number, (question_id, value, text) in enumerate(given):
            if question_id == TEXT_QUESTION and text is None:
                continue
            intake.add(
                SOURCE,
                "question_response",
                [
                    (
                        answer.recorded,
                        {
                            "_fivetran_id": stripe_id(
                                "qr", seed, index, answer.number * 4 + number
                            )[3:],
                            "response_id": response_id,
                            "question_id": question_id,
                            "value": value,
                            "text": text,
                        },
                    )
                ],
            )
