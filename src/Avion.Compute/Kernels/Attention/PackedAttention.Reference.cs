namespace Avion.Compute;

public static partial class PackedAttention
{
    internal static unsafe void ReferenceForward(in AttentionShape shape, double* qkv, double* y, double* lse)
    {
        double[] scores = new double[shape.Offsets.LongestLength];
        for (int b = 0; b < shape.Offsets.Count; b++)
        {
            int start = shape.Offsets.Start(b), length = shape.Offsets.Length(b);
            for (int h = 0; h < shape.HeadCount; h++)
            {
                ReferenceHead head = new(shape, qkv, start, h);
                for (int r = 0; r < length; r++)
                {
                    int keys = shape.VisibleKeys(r, length);
                    double largest = double.NegativeInfinity, sum = 0;
                    for (int j = 0; j < keys; j++)
                    {
                        scores[j] = head.Score(r, j);
                        largest = Math.Max(largest, scores[j]);
                    }

                    for (int j = 0; j < keys; j++)
                    {
                        sum += Math.Exp(scores[j] - largest);
                    }

                    double rowLse = lse[((long)h * shape.Offsets.TokenCount) + start + r] = largest + Math.Log(sum);
                    double* row = y + ((long)(start + r) * shape.Width) + (h * shape.HeadSize);
                    new Span<double>(row, shape.HeadSize).Clear();
                    for (int j = 0; j < keys; j++)
                    {
                        AddScaled(head.Value(j), Math.Exp(scores[j] - rowLse), shape.HeadSize, row);
                    }
                }
            }
        }
    }

    internal static unsafe void ReferenceBackward(in AttentionShape shape, double* dy, double* qkv, double* y, double* lse, bool accumulate,
        double* dqkv)
    {
        if (!accumulate)
        {
            new Span<double>(dqkv, shape.Offsets.TokenCount * shape.Stride).Clear();
        }

        for (int b = 0; b < shape.Offsets.Count; b++)
        {
            int start = shape.Offsets.Start(b), length = shape.Offsets.Length(b);
            for (int h = 0; h < shape.HeadCount; h++)
            {
                ReferenceHead head = new(shape, qkv, start, h), gradient = new(shape, dqkv, start, h);
                for (int r = 0; r < length; r++)
                {
                    long row = ((long)(start + r) * shape.Width) + (h * shape.HeadSize);
                    double rowLse = lse[((long)h * shape.Offsets.TokenCount) + start + r];
                    double delta = Dot(dy + row, y + row, shape.HeadSize);
                    for (int j = 0; j < shape.VisibleKeys(r, length); j++)
                    {
                        double p = Math.Exp(head.Score(r, j) - rowLse);
                        double ds = p * (Dot(dy + row, head.Value(j), shape.HeadSize) - delta) * shape.Scale;
                        AddScaled(dy + row, p, shape.HeadSize, gradient.Value(j));
                        AddScaled(head.Key(j), ds, shape.HeadSize, gradient.Query(r));
                        AddScaled(head.Query(r), ds, shape.HeadSize, gradient.Key(j));
                    }
                }
            }
        }
    }

    private static unsafe double Dot(double* a, double* b, int count)
    {
        double sum = 0;
        for (int d = 0; d < count; d++)
        {
            sum += a[d] * b[d];
        }

        return sum;
    }

    private static unsafe void AddScaled(double* source, double factor, int count, double* target)
    {
        for (int d = 0; d < count; d++)
        {
            target[d] += factor * source[d];
        }
    }

    /// <summary>Rows of one head of one sequence within qkv.</summary>
    private readonly unsafe struct ReferenceHead(AttentionShape shape, double* qkv, int start, int head)
    {
        public double* Query(int row) => qkv + ((long)(start + row) * shape.Stride) + (head * shape.HeadSize);

        public double* Key(int row) => Query(row) + shape.Width;

        public double* Value(int row) => Query(row) + (2 * shape.Width);

        public double Score(int query, int key) => Dot(Query(query), Key(key), shape.HeadSize) * shape.Scale;
    }
}
