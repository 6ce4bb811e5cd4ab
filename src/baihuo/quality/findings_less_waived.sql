-- The findings of a round. One that a person waived for its row is a note that says
-- who and why.
-- {findings} SQL for the findings, with FINDING_COLUMNS
select
    import_id,
    line,
    rule,
    case when waived.why is null then action else 'note' end as action,
    case when waived.why is null then field end as field,
    case when waived.why is null then new end as new,
    case
        when waived.why is null
        then detail
        else
            cast(
                to_json(
                    struct_pack(
                        waived := found.action,
                        "by" := waived."by",
                        why := waived.why,
                        found := cast(found.detail as json)
                    )
                ) as varchar
            )
    end as detail
from ({findings}) as found
left join waived using (import_id, line, rule)
