-- Findings: reviews of one long text by many visitors, about few products. What a shop
-- writes for those who write nothing stands below products of all kinds, but a text of
-- several sentences is none of these: it was copied, whatever it is about.
--
-- {rows}         the events left: event_type, visitor_id, product_id, text
-- {min_visitors} so many visitors
-- {min_chars}    letters of a text
-- {copied_chars} letters of a text that no two people write by themselves
-- {cjk_weight}   letters that a Chinese one counts for
with
    reviews as materialized(
        select
            import_id,
            line,
            visitor_id,
            product_id,
            regexp_replace(lower(text), '[^\pL\pN]+', '', 'g') as said,
            length(said)
            + ({cjk_weight} - 1)
            * length(regexp_replace(said, '[^\p{Han}]', '', 'g')) as n_chars
        from {rows}
        where
            event_type = 'review'
            and text is not null
            and hash(lower(text)) in (
                select hash(lower(text))
                from {rows}
                where event_type = 'review' and text is not null
                group by all
                having count(*) > 1
            )
    ),
    campaigns as (
        select
            said,
            count(distinct visitor_id) as n_visitors,
            count(distinct product_id) as n_products,
            any_value(n_chars) as length_of
        from reviews
        where n_chars >= {min_chars}
        group by said
        having
            n_visitors >= {min_visitors}
            and (4 * n_products <= n_visitors or length_of >= {copied_chars})
    )
select
    import_id,
    line,
    'same_review' as rule,
    'note' as action,
    'text' as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                field := 'text',
                old := left(said, 80),
                n_visitors := n_visitors,
                n_products := n_products
            )
        ) as varchar
    ) as detail
from reviews
join campaigns using (said)
