namespace Avion.Data;

/// <summary>The order in which numbered files were made: numbers in names by their value, the rest by its characters.</summary>
internal sealed class SegmentOrder : IComparer<string>
{
    public static SegmentOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x, right = y;
        while (left.Length > 0 && right.Length > 0)
        {
            ReadOnlySpan<char> leftNumber = Digits(left), rightNumber = Digits(right);
            int order = leftNumber.Length > 0 && rightNumber.Length > 0
                ? CompareNumbers(leftNumber, rightNumber)
                : left[0].CompareTo(right[0]);
            if (order != 0)
            {
                return order;
            }

            left = left[Math.Max(leftNumber.Length, 1)..];
            right = right[Math.Max(rightNumber.Length, 1)..];
        }

        int rest = left.Length.CompareTo(right.Length);
        return rest != 0 ? rest : string.CompareOrdinal(x, y);
    }

    private static ReadOnlySpan<char> Digits(ReadOnlySpan<char> text)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return end < 0 ? text : text[..end];
    }

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        left = left.TrimStart('0');
        right = right.TrimStart('0');
        return left.Length != right.Length ? left.Length.CompareTo(right.Length) : left.SequenceCompareTo(right);
    }
}
