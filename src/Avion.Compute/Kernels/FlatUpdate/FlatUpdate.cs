using System;

namespace Avion.Compute;

/// <summary>How an optimizer changes single elements; a struct with the addresses and constants.</summary>
/// <remarks>Written once for all vector widths; <see cref="FlatUpdate"/> chooses the width and walks the elements.</remarks>
internal interface IUpdateRule
{
    /// <summary>What the rates of a range become for its elements, in double precision where rounding would build up.</summary>
    (float First, float Second) Factors(float learningRate, float weightDecay);

    /// <summary>Updates the elements from <paramref name="i"/> on that fill a vector.</summary>
    void Update<TVector>(long i, float first, float second) where TVector : struct, IFloatVector<TVector>;
}

/// <summary>Runs an optimizer's rule over the ranges of flat memory, cut into chunks of equal length.</summary>
internal static unsafe class FlatUpdate
{
    private const int ChunkElements = 16 * 1024;

    /// <summary>Gradients and states have the parameters' shape, and the ranges lie within it.</summary>
    /// <returns>How many elements the ranges hold.</returns>
    public static long Check(string operation, Tensor values, Tensor gradients, ReadOnlySpan<UpdateRange> ranges, params ReadOnlySpan<Tensor> states)
    {
        Compute.Check.SameShape(operation, nameof(values), values, nameof(gradients), gradients);
        foreach (Tensor state in states)
        {
            Compute.Check.SameShape(operation, nameof(values), values, "state", state);
        }

        UpdateRange.Check(operation, ranges, values.Count);
        return UpdateRange.Total(ranges);
    }

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
                (float rate, float decay) = Rule.Factors(Ranges[i].LearningRate, Ranges[i].WeightDecay);
                switch (VectorWidth.Bits)
                {
                    case 512: Update<FloatVector512>(from, to, rate, decay); break;
                    case 256: Update<FloatVector256>(from, to, rate, decay); break;
                    case 128: Update<FloatVector128>(from, to, rate, decay); break;
                    default: Update<FloatScalar>(from, to, rate, decay); break;
                }
            }
        }

        private readonly void Update<TVector>(long from, long to, float first, float second) where TVector : struct, IFloatVector<TVector>
        {
            // A copy of the rule, so that its constants need not be read again after every store.
            TRule rule = Rule;
            long i = from;
            for (; i <= to - TVector.Width; i += TVector.Width)
            {
                rule.Update<TVector>(i, first, second);
            }

            for (; i < to; i++)
            {
                rule.Update<FloatScalar>(i, first, second);
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
