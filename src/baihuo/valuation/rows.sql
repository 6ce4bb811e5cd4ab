-- Clean events as models read them, with raw rows: one line for each row that a check
-- quarantined, merged or repaired. kind is -1 for a clean row; replaces: whether the
-- clean row of the same name is removed when the line is put back.
-- Tables: events, quarantined, changes (kind, import_id, line, kept_import, kept_line,
-- and the old cells old_product, old_visitor, old_query, old_type, old_surface,
-- old_position, old_price, old_quantity each with has_…).
with
    clean as (
        select
            import_id,
            line,
            event_type,
            visitor_id,
            product_id,
            query_id,
            surface,
            position,
            received_at_us,
            price_minor,
            quantity
        from events
    ),
    restored as (
        select
            c.kind,
            c.import_id,
            c.line,
            case when c.has_type then c.old_type else e.event_type end as event_type,
            case
                when c.has_visitor then c.old_visitor else e.visitor_id
            end as visitor_id,
            case
                when c.has_product then c.old_product else e.product_id
            end as product_id,
            case when c.has_query then c.old_query else e.query_id end as query_id,
            case when c.has_surface then c.old_surface else e.surface end as surface,
            case
                when c.has_position
                then try_cast(c.old_position as integer)
                else e.position
            end as position,
            e.received_at_us,
            case
                when c.has_price then try_cast(c.old_price as bigint) else e.price_minor
            end as price_minor,
            case
                when c.has_quantity
                then try_cast(c.old_quantity as bigint)
                else e.quantity
            end as quantity
        from changes as c
        join clean as e on c.kept_import = e.import_id and c.kept_line = e.line
    ),
    refound as (
        select
            c.kind,
            c.import_id,
            c.line,
            q.event_type,
            q.visitor_id,
            q.product_id,
            q.query_id,
            q.surface,
            q.position,
            q.received_at_us,
            q.price_minor,
            q.quantity
        from changes as c
        join
            quarantined as q
            on c.import_id = q.import_id
            and c.line = q.line
            and c.is_quarantined
    )
select -1 as kind, *
from clean
union all
select *
from restored
union all
select *
from refound
