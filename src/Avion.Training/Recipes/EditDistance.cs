namespace Avion.Training;

/// <summary>How far apart two names are, to guess what a user meant.</summary>
public static class EditDistance
{
    /// <summary>
    /// Edits between two dotted names. A name written without its section counts as its last part plus one edit per missing part, so
    /// <c>learning_rate</c> finds <c>optimizer.learning_rate</c>.
    /// </summary>
    public static int BetweenNames(string written, string known)
    {
        int whole = Between(written, known);
        int dot = known.LastIndexOf('.');
        int writtenDot = written.LastIndexOf('.');
        return dot < 0 ? whole : Math.Min(whole, Between(written[(writtenDot + 1)..], known[(dot + 1)..]) + 2);
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).</summary>
    public static int Between(string a, string b)
    {
        int[,] distance = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            distance[i, 0] = i;
        }

        for (int j = 0; j <= b.Length; j++)
        {
            distance[0, j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = distance[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                int best = Math.Min(replaced, Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    best = Math.Min(best, distance[i - 2, j - 2] + 1);
                }

                distance[i, j] = best;
            }
        }

        return distance[a.Length, b.Length];
    }
}
