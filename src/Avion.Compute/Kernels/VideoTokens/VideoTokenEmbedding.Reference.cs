namespace Avion.Compute;

public static partial class VideoTokenEmbedding
{
    internal static unsafe void ReferenceForward(in VideoTokenShape shape, double* patches, double* classToken, double* positions,
        double* time, double* y)
    {
        for (int token = 0; token < shape.TokenCount; token++)
        {
            (int clip, int t, int s) = Place(shape, token);
            for (int d = 0; d < shape.Columns; d++)
            {
                y[((long)token * shape.Columns) + d] = s < 0
                    ? classToken[d] + positions[d]
                    : patches[(PatchOf(shape, clip, t, s) * shape.Columns) + d]
                        + positions[((long)(shape.ClassTokenCount + s) * shape.Columns) + d]
                        + (time == null ? 0 : time[((long)t * shape.Columns) + d]);
            }
        }
    }

    internal static unsafe void ReferenceBackward(in VideoTokenShape shape, double* dy, bool accumulate, double* dpatches,
        double* dclassToken, double* dpositions, double* dtime)
    {
        for (int token = 0; token < shape.TokenCount; token++)
        {
            (int clip, int t, int s) = Place(shape, token);
            for (int d = 0; d < shape.Columns; d++)
            {
                double gradient = dy[((long)token * shape.Columns) + d];
                if (dpositions != null)
                {
                    dpositions[((long)(shape.ClassTokenCount + s) * shape.Columns) + d] += gradient;
                }

                if (s < 0 && dclassToken != null)
                {
                    dclassToken[d] += gradient;
                }

                if (s >= 0 && dtime != null)
                {
                    dtime[((long)t * shape.Columns) + d] += gradient;
                }

                if (s >= 0 && dpatches != null)
                {
                    double* target = dpatches + (PatchOf(shape, clip, t, s) * shape.Columns) + d;
                    *target = (accumulate ? *target : 0) + gradient;
                }
            }
        }
    }

    /// <summary>Clip, time step and patch of a token; the patch is -1 for the class token.</summary>
    private static (int Clip, int Time, int Patch) Place(in VideoTokenShape shape, int token)
    {
        int place = (token % shape.TokensPerClip) - shape.ClassTokenCount;
        return place < 0 ? (token / shape.TokensPerClip, 0, -1)
            : (token / shape.TokensPerClip, place / shape.PatchCount, place % shape.PatchCount);
    }

    private static long PatchOf(in VideoTokenShape shape, int clip, int t, int s) =>
        ((((long)clip * shape.TimeCount) + t) * shape.PatchCount) + s;
}
