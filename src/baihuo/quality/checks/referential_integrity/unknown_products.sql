-- Findings: events of unknown products, pointed at the one product that fits, else
-- quarantined.
-- {rows} events: product_id
select
    import_id,
    line,
    case
        when merged_into is not null
        then 'merged_product'
        when is_sure
        then 'resolved_product'
        else 'unknown_product'
    end as rule,
    case when is_sure then 'repair' else 'quarantine' end as action,
    'product_id' as field,
    new,
    cast(
        case
            when merged_into is not null
            then
                to_json(
                    struct_pack(field := 'product_id', old := product_id, new := new)
                )
            when is_sure
            then
                to_json(
                    struct_pack(
                        field := 'product_id', old := product_id, new := new, by := way
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'product_id',
                        old := product_id,
                        because := case
                            when is_quarantined
                            then 'its product is in quarantine'
                            when n_matches > 1
                            then n_matches || ' products fit'
                            else 'unknown'
                        end
                    )
                )
        end as varchar
    ) as detail
from
    (
        select
            *,
            merged_into is not null or (n_matches = 1 and not is_quarantined) as is_sure
        from {rows}
        join resolved using (product_id)
    )
