namespace Avion.Compute;

/// <summary>Rows that may be among the K best, by scores that are known up to a bound: all others are given up on the way.</summary>
/// <param name="count">K, at least 1 where there are rows.</param>
internal sealed class Shortlist(int count)
{
    // The K largest lower bounds, the least of them first: a heap.
    private readonly List<float> _lower = [];
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
        other._lower.ForEach(Raise);
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
            _lower.Add(lower);
            for (int child = _lower.Count - 1, parent = (child - 1) / 2; child > 0 && _lower[child] < _lower[parent]; child = parent, parent = (child - 1) / 2)
            {
                (_lower[child], _lower[parent]) = (_lower[parent], _lower[child]);
            }
        }
        else if (lower > _lower[0])
        {
            _lower[0] = lower;
            for (int parent = 0, child = LeastChild(0); child < count && _lower[child] < _lower[parent]; parent = child, child = LeastChild(child))
            {
                (_lower[child], _lower[parent]) = (_lower[parent], _lower[child]);
            }
        }

        _floor = _lower.Count == count ? _lower[0] : float.NegativeInfinity;
    }

    /// <summary>The child with the smaller number; K or more where there is none.</summary>
    private int LeastChild(int parent)
    {
        int left = (2 * parent) + 1;
        return left + 1 < count && _lower[left + 1] < _lower[left] ? left + 1 : left;
    }
}
