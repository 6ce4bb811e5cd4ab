-- Findings: rows of a product other than its newest. Newest is by updated_at_us,
-- then import and line; of rows equal to it the first stays.
--
-- A row of the same import with another brand is no older version, nor one of any
-- import with another category, another brand or model, no code in common and hardly a
-- word of the title: one id was given to two products, and the row is quarantined
-- instead of lost in the other. Two suppliers write categories and brands of one
-- product in two ways, but its title has the same words.
--
-- {ids} the products left, with product_id
-- {rows} the products left, all columns
-- {content} fields of a struct with all columns but import and line
-- {max_common} words of the shorter title that the other has, 0 to 1, of two products
with
    repeated as (select product_id from {ids} group by product_id having count(*) > 1),
    versions as (
        select
            import_id,
            line,
            product_id,
            struct_pack(
                import_id := import_id,
                line := line,
                brand := nullif(lower(trim(brand)), ''),
                model := nullif(lower(trim(model)), ''),
                category := nullif(lower(trim(category)), ''),
                codes := codes,
                words := list_distinct(
                    regexp_extract_all(lower(coalesce(title_en, '')), '[\p{L}\p{N}]+')
                ),
                words_zh := list_distinct(
                    regexp_extract_all(
                        lower(coalesce(title_zh, '')), '\p{Han}|[a-z0-9]+'
                    )
                )
            ) as own,
            updated_at_us,
            to_json(struct_pack({content})) as content
        from {rows}
        where product_id in (select product_id from repeated)
    ),
    compared as (
        select
            *,
            content = first_value(content) over (
                partition by product_id
                order by updated_at_us desc nulls last, import_id desc, line desc
            ) as is_newest
        from versions
    ),
    older as (
        select
            import_id,
            line,
            product_id,
            own,
            kept,
            len(list_intersect(own.words, kept.words))
            / nullif(least(len(own.words), len(kept.words)), 0) as common_words,
            len(list_intersect(own.words_zh, kept.words_zh))
            / nullif(least(len(own.words_zh), len(kept.words_zh)), 0) as common_words_zh
        from
            (
                select
                    *,
                    row_number() over kept_first as row_no,
                    first_value(own) over kept_first as kept
                from compared
                window
                    kept_first as (
                        partition by product_id order by is_newest desc, import_id, line
                    )
            )
        where row_no > 1
    )
select
    import_id,
    line,
    'same_product' as rule,
    case
        when kept.import_id = import_id and own.brand <> kept.brand
        then 'quarantine'
        when
            own.category <> kept.category
            and (own.brand <> kept.brand or own.model <> kept.model)
            and not coalesce(list_has_any(own.codes, kept.codes), false)
            and greatest(common_words, common_words_zh) <= {max_common}
        then 'quarantine'
        else 'merge'
    end as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                product_id := product_id, kept := kept.import_id || ':' || kept.line
            )
        ) as varchar
    ) as detail
from older
