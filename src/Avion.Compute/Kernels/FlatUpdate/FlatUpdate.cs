using System;

namespace Avion.Compute;

/// <summary>How an optimizer changes consecutive elements that share rates; a struct with the addresses.</summary>
internal interface IUpdateRule
{
    /// <summary>Updates a stretch on the thread it is called on.</summary>
    void Apply(long first, int count, float learningRate, float weightDecay);
}

/// <summary>Runs an optimizer's rule over the ranges of flat memory, cut into chunks of equal length.</summary>
internal static unsafe class FlatUpdate
{
    private const int ChunkElements = 16 * 1024;

    /// <summary>Shares the chunks between the workers.</summary>
    public static void Run<TRule>(WorkerPool workers, ReadOnlySpan<UpdateRange> ranges, long flatCount, TRule rule)
        where TRule : struct, IUpdateRule
    {
        fixed (UpdateRange* pinned = ranges)
        {
            Work<TRule> work = new() { Ranges = pinned, RangeCount = ranges.Length, FlatCount = flatCount, Rule = rule };
            workers.Run((int)((flatCount + ChunkElements - 1) / ChunkElements), ref work);
        }
    }

    private struct Work<TRule> : IParallelWork where TRule : struct, IUpdateRule
    {
        public UpdateRange* Ranges;
        public int RangeCount;
        public long FlatCount;
        public TRule Rule;

        public void Execute(int chunk, int worker)
        {
            long first = (long)chunk * ChunkElements, end = Math.Min(FlatCount, first + ChunkElements);
            for (int i = FirstRangeThatEndsAfter(first); i < RangeCount && Ranges[i].First < end; i++)
            {
                long from = Math.Max(first, Ranges[i].First), to = Math.Min(end, Ranges[i].End);
                Rule.Apply(from, (int)(to - from), Ranges[i].LearningRate, Ranges[i].WeightDecay);
            }
        }

        private readonly int FirstRangeThatEndsAfter(long element)
        {
            int low = 0, high = RangeCount;
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = Ranges[middle].End > element ? (low, middle) : (middle + 1, high);
            }

            return low;
        }
    }
}
