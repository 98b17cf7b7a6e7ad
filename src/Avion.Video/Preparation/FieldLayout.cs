namespace Avion.Video;

/// <summary>Whether the pictures of a video show one moment each, or two in the odd and the even rows.</summary>
internal enum FieldLayout
{
    /// <summary>One moment.</summary>
    Progressive,

    /// <summary>Pictures say for themselves whether they show two, and which rows come first.</summary>
    Flagged,

    /// <summary>All show two, the top row's first.</summary>
    TopFirst,

    /// <summary>All show two, the bottom row's first.</summary>
    BottomFirst,
}
