namespace Avion.Compute;

/// <summary>Recorded operations of past steps, by type, to be recorded again.</summary>
internal sealed class NodePools
{
    private static int s_typeCount;
    private readonly List<Stack<Node>?> _pools = [];

    public TNode Take<TNode>() where TNode : Node, new()
    {
        Stack<Node> pool = Pool(TypeIndex<TNode>.Value);
        if (pool.TryPop(out Node? node))
        {
            return (TNode)node;
        }

        return new TNode { PoolIndex = TypeIndex<TNode>.Value };
    }

    public void Return(Node node) => Pool(node.PoolIndex).Push(node);

    private Stack<Node> Pool(int index)
    {
        while (_pools.Count <= index)
        {
            _pools.Add(null);
        }

        return _pools[index] ??= new Stack<Node>();
    }

    private static class TypeIndex<TNode>
    {
        public static readonly int Value = Interlocked.Increment(ref s_typeCount) - 1;
    }
}
