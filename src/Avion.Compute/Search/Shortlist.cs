namespace Avion.Compute;

/// <summary>Rows that may be among the K best, by scores that are known up to a bound: all others are given up on the way.</summary>
/// <param name="count">K, at least 1 where there are rows.</param>
internal sealed class Shortlist(int count)
{
    // The K largest lower bounds, the least of them first.
    private readonly PriorityQueue<float, float> _lower = new();
    private readonly List<(int Row, float Upper)> _rows = [];
    private float _floor = float.NegativeInfinity;
    private int _room = Math.Max(4 * count, 1024);

    /// <summary>Takes scores of rows that follow each other; one that is not a number is passed over.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="firstRow">Number of the first row.</param>
    /// <param name="bound">ε: how far a score may be off.</param>
    public void Add(ReadOnlySpan<float> scores, int firstRow, float bound)
    {
        float gate = GateOf(bound);
        for (int i = 0; i < scores.Length; i++)
        {
            float score = scores[i];
            if (score >= gate)
            {
                _rows.Add((firstRow + i, MathF.BitIncrement(score + bound)));
                Raise(MathF.BitDecrement(score - bound));
                DropHopeless();
                gate = GateOf(bound);
            }
        }
    }

    /// <summary>Takes what another list of the same K holds.</summary>
    public void Add(Shortlist other)
    {
        foreach ((float lower, _) in other._lower.UnorderedItems)
        {
            Raise(lower);
        }

        _rows.AddRange(other._rows);
    }

    /// <summary>The rows that may be among the K best.</summary>
    public IEnumerable<int> Rows() => _rows.Where(row => row.Upper >= _floor).Select(row => row.Row);

    private float GateOf(float bound) => float.IsNegativeInfinity(_floor) ? _floor : MathF.BitDecrement(MathF.BitDecrement(_floor) - bound);

    private void DropHopeless()
    {
        if (_rows.Count < _room)
        {
            return;
        }

        _rows.RemoveAll(row => row.Upper < _floor);
        _room = Math.Max(_room, 2 * _rows.Count);
    }

    private void Raise(float lower)
    {
        if (_lower.Count < count)
        {
            _lower.Enqueue(lower, lower);
        }
        else if (lower > _floor)
        {
            _lower.DequeueEnqueue(lower, lower);
        }

        _floor = _lower.Count == count ? _lower.Peek() : float.NegativeInfinity;
    }
}
