/** Ids of what an address on every page can lead to. They have an underscore, which no heading's fragment has. */
export const CONTENT_ID = "the_content";
export const CHAT_ID = "the_chat";
